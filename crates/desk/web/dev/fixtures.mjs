// Made-up offices and documents, with the names that an unfriendly office would choose among them.

const HOSTILE = '<img src=x onerror=alert(1)>关于“安全”的通知</td><script>alert(2)</script>'

export function fixtures() {
  const began = Date.now()
  const time = (minutes) => {
    const ms = began + minutes * 60_000
    return { at: new Date(ms).toISOString(), ms }
  }
  const coded = (code, text) => ({ code, text })
  const names = [
    ['513200-zfb', '云岭州人民政府办公室', null, 'ylzrmzfbgs'],
    ['513201-zf', '青石县人民政府', '513200-zfb', 'qsxrmzf'],
    ['513202-zf', '白河县人民政府', '513200-zfb', 'bhxrmzf'],
    ['513203-zf', '长宁县人民政府', '513200-zfb', 'cnxrmzf'],
    ['513200-daj', '云岭州档案局', '513200-zfb', 'ylzdaj'],
    ['513200-czj', '云岭州财政局', '513200-zfb', 'ylzczj'],
    ['513201-jyj', '青石县教育局', '513201-zf', 'qsxjyj'],
    ['513209-xx', '<b onmouseover=alert(3)>某县</b>\u202e局', '513200-zfb', 'mxj'],
  ]
  const units = names.map(([code, name, parent, pinyin]) => ({
    code,
    name,
    parent,
    active: true,
    ready: code !== '513203-zf',
    own: code === '513200-zfb',
    world: null,
    pinyin,
    pinyin_full: pinyin,
  }))
  const unit = (code) => {
    const found = units.find((one) => one.code === code)
    return { code, name: found?.name ?? code }
  }
  const words = {
    levels: [coded('public', '公开'), coded('internal', '内部'), coded('secret', '秘密')],
    urgencies: [coded('none', '无'), coded('urgent', '加急'), coded('most-urgent', '特急')],
    kinds: ['通知', '函', '请示', '报告', '意见', '纪要'].map((text, at) => coded(`k${at}`, text)),
    roles: [],
    return_reasons: [
      { code: 1, text: '附件缺失', needs_text: false },
      { code: 2, text: '版式不符', needs_text: false },
      { code: 9, text: '其他', needs_text: true },
    ],
    recall_reasons: [{ code: 1, text: '内容有误', needs_text: false }],
    recall_replies: [{ code: 1, text: '已销毁', needs_text: false }],
    contact_outcomes: [{ code: 1, text: '已通知值班人员', needs_text: false }],
    delivery_states: [
      coded('announced', '已通知'),
      coded('fetched', '已取件'),
      coded('signed-for', '已签收'),
      coded('returned', '退回'),
    ],
    stages: [
      coded('submitted', '待审批'),
      coded('approved', '待用印'),
      coded('dispatched', '已发出'),
    ],
    limits: { files_max: 20, file_bytes_max: 1 << 30, note_bytes_max: 2000, recipients_max: 500 },
  }
  const titles = [
    '关于做好2026年冬季森林草原防灭火工作的通知',
    HOSTILE,
    '关于召开全州安全生产工作电视电话会议的通知',
    '关于报送2026年度财政决算报表的函',
    '关于印发云岭州突发事件总体应急预案的通知',
  ]
  const line = (at) => {
    const sent = at % 2 === 0
    const stage = sent ? words.stages[(at / 2) % 3] : words.stages[2]
    const state = words.delivery_states[Math.floor(at / 2) % 4]
    return {
      id: `01a2173c-0000-7000-8000-${String(at).padStart(12, '0')}`,
      manifest: 'm',
      direction: sent ? 'sent' : 'received',
      title: !sent && state.code === 'announced' ? null : titles[at % 5],
      number: `${sent ? '州府办发' : '青府函'}〔2026〕${at + 1}号`,
      register_number:
        !sent && state.code === 'signed-for' ? `2026-${String(at).padStart(5, '0')}` : null,
      from: unit(sent ? '513200-zfb' : names[1 + (at % 7)][0]),
      to: sent ? names.slice(1, 6).map(([code]) => unit(code)) : [unit('513200-zfb')],
      level: words.levels[at % 3],
      urgency: words.urgencies[at % 5 === 0 ? 2 : 0],
      kind: words.kinds[at % 2],
      stage,
      state: sent ? null : state,
      counts:
        sent && stage.code === 'dispatched' ? { 'signed-for': 3, announced: 1, returned: 1 } : {},
      attention: at % 7 === 4 ? [coded('overdue', '有单位逾期')] : [],
      composed: time(-60 * at - 90),
      submitted: time(-60 * at - 80),
      dispatched: stage.code === 'dispatched' ? time(-60 * at - 60) : null,
      due: stage.code === 'dispatched' && state.code !== 'signed-for' ? time(430 - 60 * at) : null,
      overdue: at > 7,
      since: time(-at),
      replaces: at === 2 ? 'x' : null,
      replaced_by: null,
    }
  }
  const lines = Array.from({ length: 260 }, (_, at) => line(at))
  const delivery = (code, state, more = {}) => ({
    unit: unit(code),
    role: coded('main', '主送'),
    state,
    facts: [],
    since: time(-300),
    hours: 3.4,
    due: time(180),
    late_ms: null,
    overdue: false,
    account: null,
    person: null,
    round: 1,
    return_reason: null,
    more_copies: 0,
    extension: null,
    recall_answer: null,
    ...more,
  })
  const [announced, fetched, signed, returned] = words.delivery_states
  const deliveries = [
    delivery('513201-zf', signed, { account: '513201-zf-js01', person: '王小明' }),
    delivery('513202-zf', returned, {
      account: '513202-zf-js01',
      person: HOSTILE,
      return_reason: coded('1', HOSTILE),
    }),
    delivery('513200-daj', announced, {
      due: time(-95),
      overdue: true,
      facts: [coded('r', '已催办')],
    }),
    delivery('513200-czj', fetched, {
      due: time(12),
      extension: { until: time(1440), given: null, decided: false },
    }),
    delivery('513209-xx', signed, {
      late_ms: 5_400_000,
      account: '513209-xx-js01',
      person: '李四',
    }),
  ]
  const header = {
    title: titles[0],
    metadata: { signatory: '张某某', date: '2026年11月26日', signed_by: '云岭州人民政府办公室' },
    contact: { name: '陈主任', phone: '0837-2821234' },
    parts: [
      {
        index: 0,
        name: '正文.ofd',
        media_type: 'application/ofd',
        bytes: 88123,
        sha256: '',
        form: false,
      },
      {
        index: 1,
        name: `${HOSTILE}.pdf`,
        media_type: 'application/pdf',
        bytes: 1_288_123,
        sha256: '',
        form: false,
      },
    ],
  }
  const readable = {
    readable: true,
    kind: 'ofd',
    pages: 2,
    page_sizes_mm: [
      [210, 297],
      [210, 297],
    ],
    marks: { decision: 'clean', findings: [] },
    format: {
      findings: [
        {
          rule: 'a',
          severity: 'warning',
          clause: 'GB/T 9704 7.3.5',
          message: '标题与正文之间应空一行',
        },
      ],
    },
    signatures: [],
    attachments: [],
  }
  let account = process.env.SIGNED_IN || '513200-zfb-fs01'
  const ACTS = [
    'compose',
    'submit',
    'withdraw',
    'approve',
    'refuse',
    'seal',
    'inquire',
    'acknowledge',
    'contact',
    'recall',
    'supplement',
    'supplement-decide',
    'resend',
    'more-copies',
    'fetch',
    'sign',
    'return',
    'refuse-delivery',
    'recall-answer',
    'extension-ask',
    'extension-decide',
    'register',
    'note',
    'number',
    'figures',
    'audit',
  ]
  const OWN = { submitted: ['withdraw', 'approve', 'refuse', 'note'], approved: ['seal', 'note'] }
  return {
    time,
    words,
    units,
    unit,
    lines,
    groups: [{ name: '各县', units: ['513201-zf', '513202-zf'] }],
    outgoing: [{ id: lines[4].id, composed: time(-20), bytes: 912_000 }],
    become: (to) => {
      account = to
    },
    me: () => ({
      account,
      unit: unit('513200-zfb'),
      roles: [
        coded('send', '发文'),
        coded('receive', '收文'),
        coded('approve', '审批'),
        coded('seal', '用印'),
        coded('manage', '管理'),
      ],
      device: '513200-zfb-pc01',
      pages: [
        'work',
        'compose',
        'approve',
        'seal',
        'sent',
        'received',
        'registers',
        'archive',
        'supervision',
        'authority',
        'audit',
        'settings',
      ],
      acts: ACTS,
      password_until: time(60 * 24 * 12),
      language: 'zh',
      seals: [
        {
          id: '513200-zfb-seal01',
          name: '云岭州人民政府办公室',
          electronic: true,
          width_mm: 42,
          height_mm: 42,
        },
      ],
    }),
    work: () =>
      [
        ['sign', 1, '青石县人民政府来文，请取件查验', 25, -455],
        ['overdue', 4, '云岭州档案局逾期未签收', -95, -575],
        ['approve', 0, '待您审批', 240, -30],
        ['seal', 2, '审批已通过，待用印', 200, -40],
        ['returned', 4, '白河县人民政府退回：附件缺失', null, -120],
        ['draft', 6, '草稿尚未提交', null, -1000],
      ].map(([kind, at, text, due, since]) => ({
        kind,
        text,
        document: kind === 'draft' ? null : lines[at].id,
        draft: kind === 'draft' ? 'd1' : null,
        title: titles[at % 5],
        number: lines[at].number,
        from: lines[at].from,
        unit: kind === 'overdue' ? unit('513200-daj') : null,
        urgency: lines[at].urgency,
        level: lines[at].level,
        due: due === null ? null : time(due),
        since: time(since),
        overdue: due !== null && due < 0,
        act: null,
      })),
    people: [
      {
        account: '513201-zf-js01',
        name: '王小明',
        post: '值班',
        roles: [],
        office_phone: '0837-2825678',
        mobile: '13900000000',
      },
    ],
    document: (one) => ({
      ...one,
      period_months: one.level.code === 'secret' ? 12 : null,
      valid_until: null,
      replies_to: null,
      recipients: one.to.map((to) => ({ unit: to, role: coded('main', '主送'), print_quota: 1 })),
      header,
      deliveries: one.stage.code === 'dispatched' && one.direction === 'sent' ? deliveries : [],
      approvals:
        one.stage.code === 'submitted' ? [] : [{ account: '513200-zfb-gl01', time: time(-50) }],
      seals: [],
      looks: [],
      recalls: [],
      supplements: [],
      notes: [
        {
          index: 9,
          time: time(-5),
          account: '513200-zfb-fs01',
          kind: coded('opinion', '意见'),
          text: HOSTILE,
        },
      ],
      acts:
        one.direction === 'received'
          ? one.state.code === 'announced'
            ? ['fetch', 'note']
            : ['sign', 'return', 'refuse-delivery', 'extension-ask', 'register', 'note']
          : (OWN[one.stage.code] ?? [
              'inquire',
              'acknowledge',
              'contact',
              'recall',
              'supplement',
              'resend',
              'more-copies',
              'extension-decide',
              'note',
            ]),
    }),
    history: Array.from({ length: 8 }, (_, at) => ({
      index: 400 + at,
      time: time(-100 + at * 9),
      what: ['提交', '批准', '用印', '发出'][at % 4],
      by: '513200-zfb-fs01',
      detail: at === 3 ? HOSTILE : '',
    })),
    inspection: {
      parts: header.parts.map(({ index, name }) => ({ index, name, inspection: readable })),
      to_declare: ['附件 1 是扫描件，需人工阅看'],
      departures: [{ severity: 'warning', text: '成文日期右空应为四字' }],
    },
    differences: {
      replaces: 'x',
      fields: [
        { field: 'title', before: '关于做好冬季防火工作的通知', after: titles[0] },
        { field: 'metadata.date', before: '2026年11月20日', after: '2026年11月26日' },
      ],
      parts: [
        { name: '正文.ofd', change: 'changed' },
        { name: '附件.pdf', change: 'same' },
      ],
    },
    received: {
      title: titles[0],
      header,
      may_sign: true,
      closed: null,
      lines: [
        {
          name: 'sender',
          ok: true,
          text: '由青石县人民政府发出，审批和用印的签名有效',
          reasons: [],
        },
        { name: 'intact', ok: true, text: '自用印以来没有改动', reasons: [] },
        {
          name: 'contents',
          ok: null,
          text: '有一个附件无法自动检查',
          reasons: ['附件 1 是扫描件；发文单位审批人已声明阅看'],
        },
      ],
      checks: [
        { code: 'sender', text: '发文机关身份', outcome: 'passed', reason: null },
        { code: 'marks', text: '密级标志', outcome: 'not-checked', reason: '扫描件' },
        { code: 'seal', text: '电子印章', outcome: 'passed', reason: null },
      ],
      sealed: [{ index: 0, name: '正文.ofd' }],
    },
    figures: {
      items: ['2026-09', '2026-10', '2026-11'].flatMap((month, m) =>
        units.slice(1, 7).map((one, at) => ({
          unit: unit(one.code),
          month,
          figures: {
            sent: 12 + at * 3 + m,
            received: 40 + at,
            signed: 38 + at,
            overdue: at % 3,
            returned: at % 2,
          },
        })),
      ),
      words: { sent: '发文', received: '收文', signed: '签收', overdue: '逾期', returned: '退回' },
      log_size: 48_211,
    },
    audit: Array.from({ length: 120 }, (_, at) => ({
      index: 9_000 - at,
      time: time(-at * 7),
      what: ['登录', '取件', '签收', '登录被拒'][at % 4],
      by: '513201-zf-js01',
      unit: unit('513201-zf'),
      person: at === 2 ? HOSTILE : '王小明',
      device: '513201-zf-pc01',
      document: null,
      detail: at % 4 === 3 ? 'YC-0203' : '',
    })),
    roster: {
      units: units.map(({ code, name, parent, active, ready }) => ({
        code,
        name,
        parent,
        active,
        ready,
      })),
      accounts: [{ account: '513200-zfb-fs01', person: '赵六', roles: [coded('send', '发文')] }],
      seals: [
        { id: '513200-zfb-seal01', name: '云岭州人民政府办公室', state: coded('active', '有效') },
      ],
    },
    rosterHistory: Array.from({ length: 4 }, (_, at) => ({
      index: 20 - at,
      recorded: time(-at * 999),
      by: '签发人一',
      what: '开立单位',
      about: [HOSTILE],
    })),
    file: (id, name, bytes) => ({
      id,
      name,
      bytes,
      sha256: '',
      inspection: name.includes('机密')
        ? {
            ...readable,
            marks: {
              decision: 'refuse',
              findings: [
                {
                  code: 'mark',
                  level: 'confidential',
                  message: '第 1 页左上角有“机密★5年”',
                  excerpt: '机密★5年',
                },
              ],
            },
          }
        : readable,
    }),
    pagePicture: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 210 297" width="1000">
<rect width="210" height="297" fill="#fff"/><g font-family="Noto Serif CJK SC" text-anchor="middle">
<text x="105" y="60" font-size="15" fill="#c00">云岭州人民政府办公室文件</text>
<text x="105" y="80" font-size="5.6">州府办发〔2026〕1号</text></g>
<path d="M28 86H182" stroke="#c00" stroke-width=".7"/><g font-family="Noto Serif CJK SC" font-size="5.6">
<text x="105" y="106" font-size="7.5" text-anchor="middle">关于做好冬季森林草原防灭火工作的通知</text>
<text x="28" y="124">各县人民政府，州直各部门：</text>
<text x="39" y="136">为切实做好今冬明春森林草原防灭火工作，现将有关事项通知</text><text x="28" y="146">如下。</text>
<text x="122" y="206">云岭州人民政府办公室</text><text x="126" y="216">2026年11月26日</text></g></svg>`,
    impression: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 42 42"><g fill="none" stroke="#d00">
<circle cx="21" cy="21" r="20" stroke-width="1.2"/></g>
<path d="m21 12 2.2 6.8h7.2l-5.8 4.2 2.2 6.8-5.8-4.2-5.8 4.2 2.2-6.8-5.8-4.2h7.2z" fill="#d00"/></svg>`,
  }
}
