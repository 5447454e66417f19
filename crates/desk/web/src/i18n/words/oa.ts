/** What is said of OA systems. Chinese first, English second. */

export const oa = {
  oa: {
    title: ['OA 系统', 'OA systems'],
    number: ['登记号', 'Own number'],
    hint: [
      '本单位 OA 系统凭令牌提交公文、查询状态、取件、交回登记号；审批和用印仍由人办理。建议为 OA 系统单独开一个帐号。',
      'With a token, the OA system of your office submits, follows and fetches documents; people approve and seal. Give it an account of its own.',
    ],
    open: ['已为 OA 系统接通', 'Open for OA systems'],
    closed: ['尚未接通，令牌暂不可用', 'Not open: tokens are not honoured'],
    doOpen: ['接通', 'Open'],
    doClose: ['断开', 'Close'],
    password: ['再输一次口令', 'Your password once more'],
    system: ['OA 系统名称', "The system's name"],
    acts: ['许可事项', 'What it may do'],
    days: ['有效期（天）', 'Days'],
    issue: ['签发令牌', 'Issue a token'],
    secret: [
      '请立即交给 OA 系统，关闭后不再显示：',
      'Give it to the OA system now; it is shown once:',
    ],
    noted: ['已抄录', 'Noted'],
    none: ['还没有令牌', 'No tokens yet'],
    until: ['至 {at}', 'until {at}'],
    state: {
      good: ['有效', 'good'],
      closed: ['未接通', 'not open'],
      ended: ['已到期', 'ended'],
    },
    revoke: ['吊销', 'Revoke'],
    revokeText: [
      '吊销后，“{system}”立即不能再使用这个令牌。',
      '“{system}” cannot use this token any more, at once.',
    ],
    closeText: [
      '断开后，本帐号的密钥从内存清除，OA 系统不能办事，直到再次输入口令接通。',
      "The account's keys are wiped; OA systems wait until the password is typed again.",
    ],
    log: ['使用记录', 'What was done'],
    noLog: ['还没有使用记录', 'Nothing was done yet'],
    what: {
      issued: ['签发', 'issued'],
      revoked: ['吊销', 'revoked'],
      opened: ['接通', 'opened'],
      closed: ['断开', 'closed'],
      asked: ['请求', 'asked'],
      answered: ['结果', 'answered'],
      refused: ['拒绝', 'refused'],
    },
    hooks: ['通知', 'Notices'],
    hooksHint: [
      '有新公文、状态变化时，向 OA 系统的地址发送通知，带签名，失败自动重试。通知中没有标题和正文。',
      'What happens is posted to the OA system, signed and tried again. No title and no text is in it.',
    ],
    hookName: ['名称（小写字母、数字）', 'Name (a–z, 0–9)'],
    hookUrl: ['地址', 'Address'],
    hookSet: ['设置', 'Set'],
    hookTry: ['试发', 'Try'],
    hookDrop: ['删除', 'Remove'],
    hookDropText: [
      '“{name}”不再收到通知，其密钥作废。',
      '“{name}” is told nothing more; its key goes.',
    ],
    hookKey: [
      '签名密钥，请立即抄给 OA 系统：',
      'The key of its signatures; give it to the OA system now:',
    ],
    hookKept: ['已设置，密钥不变', 'Set; the key stays'],
    delivered: ['已送达', 'Delivered'],
    waits: [
      '待送 {count} 条，已试 {attempts} 次：{why}',
      '{count} waiting, tried {attempts} times: {why}',
    ],
    fine: ['正常', 'Nothing waits'],
    byFile: ['在 hooks.toml 中设置', 'Set in hooks.toml'],
  },
} as const
