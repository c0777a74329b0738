// Lint rules: typed and strict, plus the walls between the layers (WEB.md section 7, rule 1) and the ban
// on markup from strings (rule 3).
import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** A layer may import only from those listed. */
const layers = {
  core: [],
  xmpp: ['core'],
  i18n: ['core'],
  sync: ['core', 'xmpp'],
  ui: ['core', 'i18n'],
  features: ['core', 'xmpp', 'sync', 'ui', 'i18n', 'app'],
};
const all = ['core', 'xmpp', 'i18n', 'sync', 'ui', 'features', 'app', 'ballot'];

const walls = Object.entries(layers).map(([layer, allowed]) => ({
  files: [`src/${layer}/**/*.{ts,svelte}`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: all
          .filter((other) => other !== layer && !allowed.includes(other))
          .map((other) => ({
            regex: `^(\\.\\./)+${other}(/|$)`,
            message: `${layer} must not know ${other}.`,
          })),
      },
    ],
  },
}));

export default ts.config(
  { ignores: ['dist', 'node_modules', 'test-results', 'playwright-report', 'src/ballot'] },
  js.configs.recommended,
  ...ts.configs.strictTypeChecked,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      globals: { ...globals.browser, ...globals.node },
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js', 'scripts/*.js', 'dev/*.js'] },
        extraFileExtensions: ['.svelte'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'No markup from strings.' },
        { property: 'outerHTML', message: 'No markup from strings.' },
        { property: 'insertAdjacentHTML', message: 'No markup from strings.' },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      'svelte/no-at-html-tags': 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    // The template's types are checked by svelte-check; these rules misread runes and snippets.
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Plain collections that nothing draws are meant to be plain.
      'svelte/prefer-svelte-reactivity': 'off',
      'prefer-const': 'off',
      'svelte/prefer-const': 'error',
    },
  },
  ...walls,
  { files: ['*.js', 'scripts/*.js', 'dev/*.js'], ...ts.configs.disableTypeChecked },
);
