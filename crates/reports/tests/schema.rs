//! The schema that is published is that of the reports that are made.

use expect_test::expect_file;
use zarr_conform_machines::Machine;
use zarr_conform_machines::report::{Document, REPORT_VERSION};
use zarr_conform_memory::MemoryAdapter;
use zarr_conform_reports::SCHEMA;

mod hostile;

fn reports() -> Vec<Document> {
    let memory = Machine::of(MemoryAdapter::synchronous());
    vec![
        memory.clone().cases(40).known_issues([]).run().document(),
        memory.clone().cases(40).run().document(),
        memory.cases(0).run().document(),
        hostile::report(),
    ]
}

#[test]
fn the_schema_in_the_repository_is_that_of_reports() {
    let mut schema = schemars::schema_for!(Document);
    schema.insert("$id".to_owned(), format!("zarr-conform-report-{REPORT_VERSION}").into());
    schema.insert("title".to_owned(), "A report of zarr-conform".into());
    let version = schema.pointer_mut("/properties/version").expect("it has a version");
    version["const"] = REPORT_VERSION.into();
    let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n";
    expect_file!["../report.schema.json"].assert_eq(&text);
}

#[test]
fn reports_are_what_the_schema_says() {
    let schema = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    for report in reports() {
        let json = serde_json::from_str(&report.to_json()).expect("a report is JSON");
        let errors: Vec<String> =
            validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", report.adapter);
        assert_eq!(Document::read(&report.to_json()).expect("it reads"), report);
    }
}

#[test]
fn what_lacks_a_field_or_has_a_wrong_one_is_no_report() {
    let schema = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    let json: serde_json::Value = serde_json::from_str(&hostile::report().to_json()).unwrap();
    let broken = |change: fn(&mut serde_json::Value)| {
        let mut json = json.clone();
        change(&mut json);
        assert!(!validator.is_valid(&json), "the schema takes it");
        assert!(Document::read(&json.to_string()).is_err(), "it reads");
    };
    broken(|json| json["version"] = 3.into());
    broken(|json| json["failures"][0]["lines"][0]["agrees"] = "perhaps".into());
    broken(|json| drop(json.as_object_mut().map(|report| report.remove("status"))));
}
