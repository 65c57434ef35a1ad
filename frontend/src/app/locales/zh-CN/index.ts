import appeal from './appeal'
import common from './common'
import enterprise from './enterprise'
import exports from './export'
import filing from './filing'
import help from './help'
import portal from './portal'
import registrant from './registrant'
import rename from './rename'
import session from './session'
import shell from './shell'
import warning from './warning'

export default { ...common, shell, portal, session, enterprise, export: exports, filing, appeal, registrant, rename, warning, help }
