import type { FeatureModule } from '@/shared/module'
export default { routes: [] } satisfies FeatureModule
