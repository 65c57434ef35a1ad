import appeal from './appeal'
import common from './common'
import enterprise from './enterprise'
import exports from './export'
import filing from './filing'
import help from './help'
import home from './home'
import message from './message'
import portal from './portal'
import registrant from './registrant'
import rename from './rename'
import session from './session'
import shell from './shell'
import warning from './warning'

export default { ...common, shell, portal, session, enterprise, export: exports, filing, appeal, registrant, rename, warning, help }
export default { ...common, shell, portal, session, enterprise, filing, appeal, registrant, rename, warning, help }
export default { ...common, shell, portal, session, enterprise, filing, registrant, message, home, help }
