//! Folders of plans: those to play first, and those of failures.

use std::path::{Path, PathBuf};

use zarr_conform_model::Plan;

/// Makes a folder if need be, and sees whether files can be written to it.
pub(crate) fn writable(folder: &Path) -> Result<(), String> {
    let say = |error: std::io::Error| {
        format!(
            "plans of failures cannot be written to {}: {error}; name a folder that can be written to",
            folder.display()
        )
    };
    std::fs::create_dir_all(folder).map_err(say)?;
    // Of a name that no other run has.
    let probe = folder.join(format!(".zarr-conform-probe-{}", std::process::id()));
    std::fs::write(&probe, "").map_err(say)?;
    std::fs::remove_file(&probe).map_err(say)
}

/// The plans in a folder, in the order of their file names.
pub(crate) fn read_plans(folder: &Path) -> Result<Vec<(String, Plan)>, String> {
    let say = |error: std::io::Error| {
        format!("regression plans cannot be read from {}: {error}", folder.display())
    };
    let entries = std::fs::read_dir(folder).map_err(say)?;
    let paths: Result<Vec<PathBuf>, _> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.map_err(say)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "plan"));
    paths.sort();
    let named = |path: PathBuf| Ok((path.display().to_string(), read_plan(&path)?));
    paths.into_iter().map(named).collect()
}

/// The plan in a file.
pub(crate) fn read_plan(path: &Path) -> Result<Plan, String> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    Plan::parse(&text, &name).map_err(|error| error.to_string())
}
