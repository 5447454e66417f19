/** Language and nothing else is kept in the browser: no name, number, password or draft. */

import { ref, watch } from 'vue'

export type Language = 'zh' | 'en'

const KEY = 'yichuan.language'

function kept(): Language {
  try {
    // eslint-disable-next-line no-restricted-globals -- the one thing that is kept
    return localStorage.getItem(KEY) === 'en' ? 'en' : 'zh'
  } catch {
    return 'zh'
  }
}

export const language = ref<Language>(kept())

watch(
  language,
  (chosen) => {
    document.documentElement.lang = chosen === 'zh' ? 'zh-CN' : 'en'
    try {
      // eslint-disable-next-line no-restricted-globals -- the one thing that is kept
      localStorage.setItem(KEY, chosen)
    } catch {
      // A browser that keeps nothing shows Chinese again next time.
    }
  },
  { immediate: true },
)
