export default {
  title: '咨询电话',
  lead: '工作日接听。来电时请准备好企业名称；如有请求编号，请一并提供。',
  system: '系统操作问题',
  business: '注册业务问题',
  about: '咨询内容',
  phone: '电话',
}
