import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'

const page = (name: string, path: string, component: RouteRecordRaw['component']) =>
  ({ name, path, component, props: true }) as RouteRecordRaw

export const router = createRouter({
  // Behind the hash: the address names documents, and never reaches a log.
  history: createWebHashHistory(),
  linkActiveClass: 'router-link-active',
  routes: [
    { path: '/', redirect: '/work' },
    page('work', '/work', () => import('./pages/WorkList.vue')),
    page('compose', '/compose/:id?', () => import('./pages/compose/ComposePage.vue')),
    page('approve', '/approve/:id?', () => import('./pages/approve/ApprovePage.vue')),
    page('seal', '/seal/:id?', () => import('./pages/seal/SealPage.vue')),
    page('sent', '/sent/:id?', () => import('./pages/sent/SentPage.vue')),
    page('received', '/received/:id?', () => import('./pages/received/ReceivedPage.vue')),
    page('printing', '/printing', () => import('./pages/printing/PrintingPage.vue')),
    page('registers', '/registers', () => import('./pages/RegistersPage.vue')),
    page('archive', '/archive', () => import('./pages/ArchivePage.vue')),
    page('supervision', '/supervision', () => import('./pages/SupervisionPage.vue')),
    page('authority', '/authority', () => import('./pages/authority/AuthorityPage.vue')),
    page('audit', '/audit', () => import('./pages/AuditPage.vue')),
    page('evidence', '/evidence', () => import('./pages/evidence/EvidencePage.vue')),
    page('staff', '/staff', () => import('./pages/staff/StaffPage.vue')),
    page('settings', '/settings', () => import('./pages/SettingsPage.vue')),
    { path: '/:rest(.*)*', redirect: '/work' },
  ],
})
