/** Asking before an act that cannot be taken back: once, clearly, with what will happen. */

import { ElMessage, ElMessageBox, ElNotification } from 'element-plus'
import { say } from '../i18n'
import { plain } from '../logic/show'

export interface Question {
  title: string
  /** What will happen. */
  text: string
  /** The act itself, never "OK". */
  act: string
  grave?: boolean
}

/** True where the person chose to go on. */
export async function ask(question: Question): Promise<boolean> {
  try {
    await ElMessageBox.confirm(question.text, question.title, {
      confirmButtonText: question.act,
      cancelButtonText: say('act.cancel'),
      confirmButtonClass: question.grave ? 'el-button--danger' : '',
      closeOnClickModal: false,
      autofocus: true,
    })
    return true
  } catch {
    return false
  }
}

/** Asks for a reason; null where the person went back. */
export async function askReason(
  question: Question & { label: string; needed?: boolean; initial?: string },
): Promise<string | null> {
  try {
    const answer = await ElMessageBox.prompt(question.text, question.title, {
      confirmButtonText: question.act,
      cancelButtonText: say('act.cancel'),
      confirmButtonClass: question.grave ? 'el-button--danger' : '',
      closeOnClickModal: false,
      inputType: 'textarea',
      inputPlaceholder: question.label,
      inputValue: question.initial ?? '',
      inputValidator: (value) => !question.needed || Boolean(value?.trim()) || say('ask.needed'),
    })
    return (answer as { value?: string }).value?.trim() ?? ''
  } catch {
    return null
  }
}

/** Asks once more for what only the person has; null where the person went back. */
export async function askSecret(question: Question & { label: string }): Promise<string | null> {
  try {
    const answer = await ElMessageBox.prompt(
      `${question.text}\n\n${question.label}`,
      question.title,
      {
        confirmButtonText: question.act,
        cancelButtonText: say('act.cancel'),
        confirmButtonClass: question.grave ? 'el-button--danger' : '',
        closeOnClickModal: false,
        customClass: 'asks-secret',
        inputType: 'password',
        inputPlaceholder: question.label,
        inputValidator: (value) => Boolean(value) || say('ask.needed'),
      },
    )
    return (answer as { value?: string }).value ?? ''
  } catch {
    return null
  }
}

export function done(text: string) {
  ElMessage({ type: 'success', message: plain(text), duration: 3_000, showClose: true })
}

export function failed(text: string) {
  ElMessage({ type: 'error', message: plain(text), duration: 8_000, showClose: true })
}

/** More at a time would hide the page; what waits stands on the work list as well. */
const NOTICES_MAX = 3
const shown: { close: () => void }[] = []

/** What arrived or fell due, at the corner, for as long as it takes to read. */
export function tellNotice(text: string, urgent: boolean) {
  const notice = ElNotification({
    title: say(urgent ? 'notice.urgent' : 'notice.plain'),
    message: plain(text),
    type: urgent ? 'warning' : 'info',
    position: 'bottom-right',
    duration: urgent ? 15_000 : 6_000,
    onClose: () => {
      const at = shown.indexOf(notice)
      if (at >= 0) shown.splice(at, 1)
    },
  })
  shown.push(notice)
  if (shown.length > NOTICES_MAX) shown.shift()?.close()
}
