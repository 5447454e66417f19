import { watch } from 'vue'
import { createI18n } from 'vue-i18n'
import { language } from '../state/preferences'
import { en, zh } from './messages'

export const i18n = createI18n({
  legacy: false,
  locale: language.value,
  fallbackLocale: 'zh',
  messages: { zh, en },
  missingWarn: false,
  fallbackWarn: false,
})

watch(language, (chosen) => {
  i18n.global.locale.value = chosen
})

/** For what is not a component. */
export function say(key: string, named: Record<string, unknown> = {}): string {
  return i18n.global.t(key, named)
}
