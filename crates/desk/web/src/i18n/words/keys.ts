/** Enrolling an account, and the unit's key. Chinese first, English second. */

export const keys = {
  enrol: {
    open: ['登记新帐号', 'Enrol an account'],
    title: ['凭登记凭证登记帐号', 'Enrol an account with its ticket'],
    hint: [
      '登记凭证由颁发机构发放，当面交给本人，只能用一次。密钥在本机生成，用您设定的口令加密。',
      'The authority issues a ticket, which serves once. Keys are made here, under your password.',
    ],
    ticket: ['登记凭证', 'Ticket'],
    fresh: ['设定口令', 'Choose a password'],
    again: ['再输一次口令', 'The password once more'],
    anew: [
      '忘记了原口令：原密钥文件另存，不再使用',
      'The old password is forgotten: its keystore is set aside and used no more',
    ],
    act: ['登记', 'Enrol'],
    done: ['已登记 {account}，请登录', '{account} is enrolled; sign in'],
  },
  unitKey: {
    tab: ['单位密钥', "The unit's key"],
    hint: [
      '发来的公文用单位密钥加密，有密钥的帐号才能打开。新登记的帐号由您分发。',
      'What comes is closed for this key; accounts that have it can open it. You share it with new ones.',
    ],
    epoch: ['期次', 'Epoch'],
    noKey: ['尚未生成，本单位还不能收文', 'None yet: this unit cannot receive'],
    by: ['生成帐号', 'Made by'],
    escrow: ['颁发机构托管份额', "The authority's half"],
    lacking: ['尚未取得密钥的帐号', 'Accounts that lack it'],
    nobody: ['没有', 'None'],
    share: ['分发给这些帐号', 'Share it with them'],
    shared: ['已分发给 {count} 个帐号', 'Shared with {count} accounts'],
    make: ['生成下一期', 'Make the next epoch'],
    makeFirst: ['生成单位密钥', "Make the unit's key"],
    makeText: [
      '新一期立即用于发来的公文，并分发给本单位各帐号；此前收到的仍用原密钥打开。',
      'What is sent from now on is closed for it, and it is shared; what came before stays readable.',
    ],
    compromised: ['现用密钥可能已泄露，立即停用', 'Somebody else may have the present key: end it'],
    compromisedText: [
      '现用密钥即刻停用：按它封装、尚未提交的公文须由发文单位重新封装。',
      'It ends at once: what was closed for it and not submitted has to be closed anew.',
    ],
    made: ['已生成第 {epoch} 期', 'Epoch {epoch} was made'],
    codeOnce: [
      '恢复码只显示这一次，本机不保存。请抄写两份，密封后分处保管；与颁发机构的份额合起来才能恢复密钥。',
      'The recovery code is shown this once. Write it down twice and keep it apart; with the authority’s half it brings the key back.',
    ],
    noCode: [
      '没有恢复码：颁发机构未设托管密钥，或该期由中断的操作生成。密钥丢失后无法恢复。',
      'There is no recovery code: the authority keeps no half, or an attempt was cut off.',
    ],
    noted: ['已抄写', 'Written down'],
    seen: ['知道了', 'I see'],
    leave: ['移交给承接单位', 'Leave it to a successor'],
    leaveHint: [
      '本单位停用、合并前办理，使承接单位能打开此前的公文。',
      'Before this unit closes, so that its successor can open what came before.',
    ],
    heir: ['承接单位', 'Successor'],
    leaveText: [
      '“{unit}”此后能打开发给本单位的公文。移交记入日志，不能撤回。',
      '“{unit}” can then open what was sent to this unit. It is recorded and stays.',
    ],
    left: ['已移交第 {epochs} 期', 'Epochs {epochs} were left'],
    recover: ['恢复或演练', 'Recover, or try it'],
    recoverHint: [
      '先由您申请、颁发机构交出其份额，再在此输入恢复码。演练只核对，不改变什么。',
      'Apply first; when the authority has handed its half over, enter the code. A drill changes nothing.',
    ],
    code: ['恢复码', 'Recovery code'],
    drilled: ['演练成功：两份合起来就是第 {epoch} 期密钥', 'The drill went well: epoch {epoch}'],
    back: ['第 {epoch} 期密钥已恢复，可再分发', 'Epoch {epoch} is back and can be shared'],
  },
} as const
