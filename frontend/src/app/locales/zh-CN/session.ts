export default {
  signingIn: '正在登录…',
  signInFailed: '登录没有成功',
  whatHappened: '发生了什么',
  whatToDo: '怎么办',
  tryAgain: '重新登录',
  toPortal: '回到门户首页',
  requestId: '请求编号',
  signedOut: '您已退出登录',
  signedOutText: '如在公用电脑上办理，请关闭浏览器。',
  signInAgain: '重新登录',
  doneTitle: '登录成功',
  doneText: '请关闭本窗口，回到原来的页面继续。',
  closeWindow: '关闭本窗口',
  missingClaims: '缺少以下信息：',
  claim: {
    sub: '账号标识',
    preferred_username: '用户名',
    user_type: '用户类型',
    name: '企业名称',
    unified_social_credit_code: '统一社会信用代码',
    legal_representative: '法定代表人',
    legal_person_type: '法人类型',
    trust_level: '实名认证等级',
  },
  failure: {
    state_mismatch: {
      what: '登录过程的校验信息不一致，可能是登录页停留过久、重复打开了登录页，或浏览器清除了 Cookie。',
      todo: '请从门户首页重新进入，一次只打开一个登录窗口，并允许浏览器保存本站 Cookie。',
    },
    login_cancelled: {
      what: '您在国家政务服务平台取消了登录，或没有同意授权。',
      todo: '如需办理，请重新登录并同意授权。',
    },
    provider_unavailable: {
      what: '暂时无法连接国家政务服务平台。',
      todo: '请稍后重试。若长时间不能恢复，请拨打系统操作咨询电话。',
    },
    token_rejected: {
      what: '国家政务服务平台返回的登录凭据没有通过校验。',
      todo: '请重新登录。若再次出现，请将请求编号告知系统操作咨询电话。',
    },
    missing_claim: {
      what: '国家政务服务平台没有提供必需的法人信息（企业名称、统一社会信用代码等）。',
      todo: '请登录国家政务服务平台，在账号中心补全法人实名信息后再来办理。',
    },
    trust_level_too_low: {
      what: '您的账号实名认证等级不足，不能办理本事项。',
      todo: '请在国家政务服务平台完成更高等级的法人实名认证后重试。',
    },
    not_legal_person: {
      what: '您使用的是个人账号。本系统供聘用企业使用，只接受法人账号。',
      todo: '请退出个人账号，在登录页选择“法人用户”登录。',
    },
    expired: {
      what: '登录耗时过长，本次登录已失效。',
      todo: '请重新登录。',
    },
    unknown: {
      what: '登录过程中出现意外错误。',
      todo: '请重新登录。若再次出现，请将请求编号告知系统操作咨询电话。',
    },
  },
}
