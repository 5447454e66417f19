import { createApp } from 'vue'
import 'element-plus/dist/index.css'
import './design/tokens.css'
import './design/base.css'
import './design/print.css'
import App from './App.vue'
import { i18n } from './i18n'
import { router } from './router'
import { begin } from './state/session'

const app = createApp(App)
app.use(i18n)
app.use(router)
app.mount('#app')
void begin()
