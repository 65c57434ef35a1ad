import type { FeatureModule } from '@/shared/module'
import appeal from '@/features/appeal/module'
import enterprise from '@/features/enterprise/module'
import exports from '@/features/export/module'
import filing from '@/features/filing/module'
import grant from '@/features/grant/module'
import home from '@/features/home/module'
import message from '@/features/message/module'
import help from '@/features/help/module'
import portal from '@/features/portal/module'
import registrant from '@/features/registrant/module'
import rename from '@/features/rename/module'
import session from '@/features/session/module'
import warning from '@/features/warning/module'

export const features: FeatureModule[] = [portal, session, enterprise, filing, appeal, registrant, rename, warning, exports, grant, message, home, help]

export const menu = features.flatMap((feature) => feature.menu ?? []).sort((a, b) => a.order - b.order)
