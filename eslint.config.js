import js from "@eslint/js";
import globals from "globals";

const RELATIVE = {
  group: ["./*", "../*"],
  message: "Import by bare name (parvis/core/live.js): the page's import map leads to the hashed file.",
};

/** What a folder of static/ may not import: core ← media ← features, and features do not know each other. */
const layer = (folder, ...forbidden) => ({
  files: [`static/${folder}/**/*.js`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          RELATIVE,
          {
            group: forbidden.map((name) => `parvis/${name}/*`),
            message: `static/${folder} does not know this folder: see "Front end" in CONTRIBUTING.md.`,
          },
        ],
      },
    ],
  },
});

export default [
  { ignores: ["static/vendor/", "node_modules/", ".venv/", ".cache/", "data/"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      curly: ["error", "multi-line"],
      eqeqeq: "error",
      "no-console": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-shadow": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-template": "error",
    },
  },
  {
    files: ["static/**/*.js"],
    languageOptions: { globals: globals.browser },
    rules: {
      "max-lines-per-function": ["error", { max: 30, skipBlankLines: true, skipComments: true }],
      "no-restricted-imports": ["error", { patterns: [RELATIVE] }],
      "no-restricted-properties": [
        "error",
        ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({
          property,
          message: "Clone a <template> of the page: no markup is built from strings.",
        })),
      ],
    },
  },
  layer("core", "media", "portal", "meetings", "helpdesk"),
  layer("media", "portal", "meetings", "helpdesk"),
  layer("portal", "meetings", "helpdesk"),
  layer("meetings", "portal", "helpdesk"),
  layer("helpdesk", "portal", "meetings"),
  {
    files: ["eslint.config.js", "tests/static/**/*.js"],
    languageOptions: { globals: globals.node },
  },
];
