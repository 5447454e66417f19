import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'shots/', 'src/api/openapi.gen.ts'] },
  ...ts.configs.strict,
  ...vue.configs['flat/essential'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    rules: {
      // Every name, title and file name from elsewhere is text, never markup.
      'vue/no-v-html': 'error',
      'vue/no-v-text-v-html-on-component': 'error',
      'vue/multi-word-component-names': 'off',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'text, never markup' },
        { property: 'outerHTML', message: 'text, never markup' },
        { property: 'insertAdjacentHTML', message: 'text, never markup' },
        { object: 'document', property: 'write', message: 'text, never markup' },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'localStorage', message: 'only state/preferences.ts keeps anything' },
        { name: 'sessionStorage', message: 'nothing is kept in the browser' },
        { name: 'indexedDB', message: 'nothing is kept in the browser' },
      ],
      'max-len': [
        'error',
        { code: 100, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true },
      ],
      'max-lines': ['error', { max: 500 }],
      '@typescript-eslint/no-non-null-assertion': 'error',
    },
  },
  { files: ['dev/shots.mjs'], rules: { 'no-restricted-globals': 'off' } },
)
