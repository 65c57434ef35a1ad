import type { Component } from 'vue'
import type { RouteRecordRaw } from 'vue-router'

/** What a feature gives to the application: its pages, and its place in the menu. */
export interface FeatureModule {
  routes: RouteRecordRaw[]
  /** `count` is a number that stands beside the entry, read anew whenever it changes. */
  menu?: { to: string; title: string; icon: Component; order: number; count?: () => number }
}

declare module 'vue-router' {
  interface RouteMeta {
    /** Catalogue key of the page's title. */
    title: string
    /** Pages that anybody may open; every other page needs a session. */
    open?: boolean
    /** Catalogue key of the menu entry to mark, as the path it leads to. */
    menu?: string
    /** Without the side menu and the signed-in header. */
    bare?: boolean
  }
}
