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

// Names are data from strangers: text reaches the page through ui/page.js, as text nodes.
const asText = ["innerHTML", "outerHTML", "insertAdjacentHTML", "write", "writeln", "createContextualFragment", "srcdoc"].map((property) => ({
  property,
  message: "Names are data from strangers: use element() of ui/page.js.",
}));

// What browsers have is no language level; that is in tsconfig.phone.json.
const newerThanChromium70 = ["randomUUID", "replaceChildren", "requestSubmit", "submitter", "checkVisibility", "allSettled", "databases", "canShare"].map((property) => ({
  property,
  message: "Old phones have Chromium 70: do without, or test whether it is there.",
}));
const globalsNewerThanChromium70 = ["structuredClone", "queueMicrotask", "globalThis", "WeakRef"];

const notAsHtml = { message: "Leaflet reads a string as HTML: use element() of ui/page.js." };
const takesHtml = "callee.property.name=/^(bind|set)(Popup|Tooltip|PopupContent|TooltipContent|Content)$/";
const isString = ":matches(Literal, TemplateLiteral, BinaryExpression)";

export default [
  { ignores: ["web/gridplan_web/static/dist/"] },
  js.configs.recommended,
  { rules: { ...strict, "no-restricted-properties": ["error", ...asText] } },
  {
    rules: {
      "no-script-url": "error",
      "no-restricted-syntax": [
        "error",
        { selector: `CallExpression[${takesHtml}] > ${isString}.arguments:first-child`, ...notAsHtml },
        { selector: `Property[key.name="html"] > ${isString}.value`, ...notAsHtml },
      ],
    },
  },
  { files: ["web/static_src/**/*.js"], languageOptions: { globals: globals.browser } },
  {
    files: ["web/static_src/phone/**/*.js"],
    rules: {
      "no-restricted-properties": ["error", ...asText, ...newerThanChromium70, { object: "AbortSignal", property: "timeout" }],
      "no-restricted-globals": ["error", ...globalsNewerThanChromium70],
    },
  },
  { files: ["web/static_src/phone/worker.js"], languageOptions: { globals: globals.serviceworker } },
  { files: ["web/static_src/build.js", "web/static_src/fonts.js", "web/static_src/cut_font.js", "tests/scripts/*.js", "eslint.config.js"], languageOptions: { globals: globals.node } },
];
