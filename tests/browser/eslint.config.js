export { default } from '../../crates/desk/web/eslint.config.js'
