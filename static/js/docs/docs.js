// The documentation's pages: copy buttons, language tabs, search. Pages read well without any of it.
import { copyButtons } from "./copy.js";
import { languageTabs } from "./tabs.js";
import { search } from "./search.js";

languageTabs();
copyButtons();
search();
