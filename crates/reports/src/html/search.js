// Shows what has all the words in the field, and hides the rest of what can be searched.
"use strict";
(() => {
  const field = document.getElementById("search");
  const found = document.getElementById("found");
  const items = [...document.querySelectorAll("[data-search]")];
  const texts = items.map((item) => item.textContent.toLowerCase());
  const search = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter((word) => word);
    let count = 0;
    items.forEach((item, index) => {
      const suits = words.every((word) => texts[index].includes(word));
      item.hidden = !suits;
      count += suits;
    });
    found.textContent = words.length ? `${count} of ${items.length}` : "";
  };
  field.addEventListener("input", search);
  field.form.addEventListener("submit", (event) => event.preventDefault());
})();
