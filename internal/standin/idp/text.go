package idp

// The languages of the pages. Chinese is the default.
const (
	zhCN = "zh-CN"
	en   = "en"
)

// phrase is one text in both languages; %s and %d stand for what the page puts in.
type phrase struct{ zh, en string }

func (t phrase) in(lang string) string {
	if lang == en {
		return t.en
	}
	return t.zh
}

// texts is every text of the pages. A key that a page asks for and that is not here is an error.
var texts = map[string]phrase{
	"band":     {"测试替身：这里不是真正的国家政务服务平台，只供开发和测试使用。请勿填写真实信息。", "Test stand-in: this is not the real national platform. It serves development and testing only. Enter no real data."},
	"platform": {"国家政务服务平台（测试替身）", "National Government Service Platform (stand-in)"},
	"language": {"语言", "Language"},
	"skip":     {"跳到主要内容", "Skip to main content"},
	"summary":  {"有内容需要更正", "Please correct the following"},

	"home.title":    {"法人用户", "Legal persons"},
	"home.text":     {"登录请从要办事的系统开始，由它转到这里。还没有账号的，请先注册。", "To sign in, start from the system you want to use; it will bring you here. If you have no account yet, register first."},
	"home.register": {"法人注册", "Register a legal person"},

	"login.title":    {"法人登录", "Legal-person sign-in"},
	"login.for":      {"登录后返回：%s", "After signing in you return to: %s"},
	"login.username": {"用户名", "User name"},
	"login.password": {"密码", "Password"},
	"login.submit":   {"登录", "Sign in"},
	"login.cancel":   {"取消登录，返回办事系统", "Cancel and go back"},
	"login.register": {"没有账号？法人注册", "No account? Register a legal person"},

	"captcha.label":   {"验证码", "Verification code"},
	"captcha.picture": {"请输入图中的四位数字。", "Enter the four digits in the picture."},
	"captcha.alt":     {"验证码图片，四位数字。看不见图片请改用语音或文字题。", "Picture of a four-digit code. If you cannot see it, use the audio or the text question."},
	"captcha.audio":   {"请播放语音，输入听到的四位数字。", "Play the audio and enter the four digits you hear."},
	"captcha.listen":  {"语音验证码", "Audio verification code"},
	"captcha.new":     {"换一个验证码", "Get another code"},
	"to.picture":      {"用图片", "Use a picture"},
	"to.audio":        {"用语音", "Use audio"},
	"to.text":         {"用文字题", "Use a text question"},

	"error.username_missing": {"请输入用户名。", "Enter your user name."},
	"error.password_missing": {"请输入密码。", "Enter your password."},
	"error.captcha_missing":  {"请输入验证码。", "Enter the verification code."},
	"error.captcha_wrong":    {"验证码不正确或已过期，请输入新的验证码。", "The verification code is wrong or has expired. Enter the new one."},
	"error.login_wrong":      {"用户名或密码不正确。再错 %d 次账号将被锁定。", "The user name or password is wrong. After %d more wrong tries the account is locked."},
	"error.locked":           {"密码连续输错 5 次，账号已锁定至 %s（北京时间）。届时可再次登录。", "After 5 wrong passwords the account is locked until %s (Beijing time). You can sign in again then."},

	"expired.title": {"登录页面已失效", "This sign-in page has expired"},
	"expired.text":  {"登录请求已过期、已使用，或不是从这个浏览器发起的。请返回办事系统，重新点击登录。", "The sign-in request has expired, was already used, or was not started in this browser. Please go back to the portal and sign in from there again."},

	"register.title":   {"法人注册", "Legal-person registration"},
	"register.intro":   {"请按营业执照填写，全部项目必填。", "Fill in as on the business licence. All fields are required."},
	"register.submit":  {"注册", "Register"},
	"register.to":      {"已有账号？去登录", "Already registered? Sign in"},
	"field.name":       {"企业名称", "Enterprise name"},
	"field.code":       {"统一社会信用代码", "Unified social credit code"},
	"field.code_hint":  {"18 位，数字或大写字母。", "18 characters, digits and capital letters."},
	"field.legal":      {"法定代表人", "Legal representative"},
	"field.phone":      {"手机号", "Mobile number"},
	"field.phone_hint": {"11 位手机号。", "11 digits."},
	"field.username":   {"用户名", "User name"},
	"field.user_hint":  {"4 至 32 位，字母开头，可用字母、数字和 . _ - @。", "4 to 32 characters: a letter first, then letters, digits and . _ - @."},
	"field.password":   {"密码", "Password"},
	"field.pass_hint":  {"至少 8 位，同时包含字母和数字。", "At least 8 characters with letters and digits."},
	"field.password2":  {"确认密码", "Repeat the password"},

	"error.name":           {"请输入企业名称，2 至 100 个字。", "Enter the enterprise name, 2 to 100 characters."},
	"error.code":           {"统一社会信用代码不正确：应为 18 位且校验位相符，请核对营业执照。", "The unified social credit code is not right: it has 18 characters and its check character must match. Compare it with the business licence."},
	"error.code_taken":     {"这个统一社会信用代码已经注册过，请直接登录。", "This unified social credit code is already registered. Sign in instead."},
	"error.legal":          {"请输入法定代表人姓名，2 至 50 个字。", "Enter the legal representative's name, 2 to 50 characters."},
	"error.phone":          {"手机号不正确，应为 11 位且以 1 开头。", "The mobile number is not right: 11 digits, the first a 1."},
	"error.username":       {"用户名不合要求：4 至 32 位，字母开头，可用字母、数字和 . _ - @。", "The user name does not fit: 4 to 32 characters, a letter first, then letters, digits and . _ - @."},
	"error.username_taken": {"这个用户名已被使用，请换一个。", "This user name is taken. Choose another."},
	"error.password":       {"密码不合要求：8 至 72 位，同时包含字母和数字。", "The password does not fit: 8 to 72 characters with letters and digits."},
	"error.password2":      {"两次输入的密码不一致。", "The two passwords differ."},
	"error.full":           {"测试替身的注册名额已满，请清理数据文件。", "The stand-in holds no more registrations. Clear its data file."},

	"registered.title": {"注册成功", "Registered"},
	"registered.text":  {"现在可以用新的用户名和密码登录。", "You can now sign in with the new user name and password."},
	"registered.login": {"去登录", "Go to sign-in"},
	"registered.back":  {"请返回办事系统，从那里登录。", "Please go back to the portal and sign in from there."},

	"signedout.title": {"已退出登录", "Signed out"},
	"signedout.text":  {"您已退出国家政务服务平台（测试替身）。可以关闭本页面。", "You have signed out of the national platform (stand-in). You can close this page."},
	"signedout.stuck": {"办事系统给出的返回地址没有登记，因此停留在本页。", "The address to return to is not registered, so you stay on this page."},
}
