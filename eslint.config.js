import js from "@eslint/js";
import globals from "globals";

const strict = {
  eqeqeq: "error",
  "prefer-const": "error",
  "no-var": "error",
  "no-shadow": "error",
  "no-implicit-globals": "error",
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
};

// Names are data from strangers: text reaches the page through ui/element.js, as text nodes.
const asText = ["innerHTML", "outerHTML", "insertAdjacentHTML", "write", "writeln", "createContextualFragment", "srcdoc"].map((property) => ({
  property,
  message: "Names are data from strangers: use element() of ui/element.js.",
}));

export default [
  { ignores: ["web/gridplan_web/static/dist/"] },
  js.configs.recommended,
  { rules: { ...strict, "no-restricted-properties": ["error", ...asText] } },
  { files: ["web/static_src/**/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["web/static_src/build.js", "tests/scripts/*.js", "eslint.config.js"], languageOptions: { globals: globals.node } },
];
