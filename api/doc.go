// Package api is the HTTP side of the product and nothing else: the route table,
// who may call what, reading requests, writing answers, and the published
// contract. It is the only package that imports Echo (docs/adr).
//
// One file per resource holds its request and response types, its handlers and
// the annotations that the contract is generated from (`make gen`); the block
// below is the contract's head.
//
//	@title						Zhuce API
//	@version					0
//	@description				注册：一级注册建筑师、勘察设计注册工程师执业资格认定（聘用企业）的接口。
//	@description				Registration of first-class architects and survey-and-design engineers, the employer's side.
//	@description
//	@description				所有 4xx、5xx 均为 application/problem+json（RFC 9457）；`code` 稳定，文字随 Accept-Language（默认中文）。
//	@description				Every 4xx and 5xx is a problem document (RFC 9457); `code` is stable, texts follow Accept-Language (Chinese by default).
//	@description
//	@description				写操作可带 Idempotency-Key，重发不会重复办理；修改须带 If-Match；身份证件号码、手机号不出现在 URL 中。
//	@description				Writes may carry an Idempotency-Key, so that sending twice acts once; edits need If-Match; no personal number stands in a URL.
//	@contact.name				Zhuce
//	@contact.url				https://zhuce.example/support
//	@contact.email				support@zhuce.example
//	@license.name				Apache-2.0
//	@license.url				https://www.apache.org/licenses/LICENSE-2.0.html
//	@BasePath					/api/v1
//
//	@tag.name					meta
//	@tag.description			字典与参数 · Names of all values, limits, help lines
//	@tag.name					session
//	@tag.description			登录、会话、退出 · Sign-in through the national login, session, sign-out
//	@tag.name					enterprise
//	@tag.description			企业基本信息 · The enterprise's basic information
//	@tag.name					attachments
//	@tag.description			附件 · Files
//	@tag.name					filings
//	@tag.description			申报管理：查询、上报、退回 · Filings: query, submit, return
//	@tag.name					commitments
//	@tag.description			企业承诺书 · The commitment letter that a submission is signed under
//	@tag.name					appeals
//	@tag.description			申辩管理：异常信息、申辩、结论 · Appeals: findings, statements, outcomes
//	@tag.name					registrants
//	@tag.description			注册人员查询 · The enterprise's registered persons
//	@tag.name					exports
//	@tag.description			导出：列表导出为 Excel · Lists as Excel workbooks
//	@tag.name					warnings
//	@tag.description			人员到期预警、日历订阅 · Expiry warnings, and the same as a calendar
//	@tag.name					renames
//	@tag.description			企业名称变更 · Changes of the enterprise's name
//	@tag.name					overview
//	@tag.description			首页：今天要办的事 · Home: what is to be done today
//	@tag.name					messages
//	@tag.description			我的消息：列表、未读、推送 · Messages: list, unread, as they come
//	@tag.name					grants
//	@tag.description			第三方授权：授予、撤销、访问记录 · What integrators may read for the enterprise
//	@tag.name					admin
//	@tag.description			平台管理：对接客户端 · For the administrator: machine clients
//	@tag.name					exchange
//	@tag.description			对接：个人、省级、部级及第三方系统 · For other systems: machine clients
//
//	@securityDefinitions.apikey	Session
//	@in							header
//	@name						Authorization
//	@description				登录后的访问令牌 · The access token of a signed-in enterprise user: a JWT with a fixed algorithm, issuer and audience (RFC8725)
//
//	@securityDefinitions.oauth2.application	OAuth2
//	@tokenUrl					/api/v1/exchange/token
//	@description				对接系统的访问令牌 · The access token of a machine client: a JWT, as above (RFC8725)
//	@scope.filings:deliver		报送申报 · Deliver filings and their papers
//	@scope.filings:read			查看本系统报送的申报 · Read the filings that this client delivered
//	@scope.filings:withdraw		代个人申请撤回 · Ask to withdraw for persons
//	@scope.filings:decide		省级、部级办理申报 · Act on filings as an authority
//	@scope.findings:write		推送异常信息、申辩结果 · Push findings and the outcome of appeals
//	@scope.renames:decide		办理企业名称变更 · Decide on enterprise renames
//	@scope.registrants:correct	更正注册信息 · Correct the register
//	@scope.notices:write		发送通知 · Send notices to enterprises
//	@scope.events:read			读取事件 · Read the feed of events
//	@scope.clients:manage		平台管理员：管理对接客户端 · The administrator: manage machine clients
//	@scope.enterprise:filings		第三方：查看授权企业的申报 · An integrator: read the filings of an enterprise that gave it this right
//	@scope.enterprise:registrants	第三方：查看授权企业的注册人员 · An integrator: read its registrants
//	@scope.enterprise:warnings	第三方：查看授权企业的到期预警 · An integrator: read its expiry warnings
//	@scope.enterprise:messages	第三方：查看授权企业的消息 · An integrator: read its messages
//	@scope.enterprise:appeals		第三方：查看授权企业的申辩 · An integrator: read its appeals
package api
