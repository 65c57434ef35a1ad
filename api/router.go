package api

import (
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"zhuce/internal/app"
	"zhuce/internal/auth"
	"zhuce/internal/config"
)

// Base is the path below which the API stands.
const Base = "/api/v1"

// API is the HTTP side of the product.
type API struct {
	app         *app.App
	cfg         config.Config
	log         *slog.Logger
	quotas      *quotas
	streams     *streams
	metrics     *metrics
	crossOrigin *http.CrossOriginProtection

	waiting      *places // requests that wait for events, by client
	eventReaders chan struct{}
}

// route is one row of the route table: what, who may call it, and the handler.
type route struct {
	method, path string
	who          access
	handle       echo.HandlerFunc
}

// routes is who may call what, on one screen.
func (a *API) routes() []route {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	upload := a.cfg.MaxAttachmentBytes + multipartRoom
	return []route{
		{get, "/meta", public, a.getMeta},

		{get, "/session/login", public, a.startLogin},
		{get, "/session/callback", public, a.finishLogin},
		{post, "/session/refresh", cookie, a.refreshSession},
		{get, "/session", enterprise, a.getSession},
		{put, "/session/matter", enterprise, a.putMatter},
		{del, "/session", enterprise, a.endSession},
		{get, "/.well-known/jwks.json", public, a.getJWKS},

		{get, "/enterprises/current", enterprise, a.getEnterprise},
		{put, "/enterprises/current", enterprise, a.putEnterprise},
		{get, "/enterprises/current/qualification-lookup", enterprise, a.lookUpQualification},

		{post, "/attachments", enterprise.upTo(upload), a.uploadAttachment},
		{get, "/attachments/:id/content", enterprise, a.getAttachment},

		{get, "/filings", enterprise.or(auth.ScopeEnterpriseFilings), a.listFilings},
		{post, "/filings/search", enterprise.or(auth.ScopeEnterpriseFilings), a.searchFilings},
		{get, "/filings/counts", enterprise.or(auth.ScopeEnterpriseFilings), a.countFilings},
		{get, "/filings/:id", enterprise.or(auth.ScopeEnterpriseFilings), a.getFiling},
		{post, "/filings/:id/reveal", enterprise, a.revealFiling},
		{post, "/filings/check", enterprise, a.checkFilings},
		{post, "/filings/submit", enterprise, a.submitFilings},
		{post, "/filings/return", enterprise, a.returnFilings},
		{post, "/filings/supplement", enterprise, a.supplementFilings},
		{get, "/exports", enterprise, a.listExports},
		{post, "/exports", enterprise, a.startExport},
		{post, "/exports/check", enterprise, a.checkExport},
		{get, "/exports/:id", enterprise, a.getExport},
		{del, "/exports/:id", enterprise, a.removeExport},
		{get, "/exports/:id/content", enterprise, a.getExportContent},

		{post, "/filings/agree-withdrawal", enterprise, a.agreeWithdrawal},
		{post, "/filings/decline-withdrawal", enterprise, a.declineWithdrawal},
		{post, "/commitments", enterprise, a.openCommitment},
		{get, "/commitments/:id", enterprise, a.getCommitment},
		{get, "/commitments/:id/receipt", enterprise.or(auth.ScopeEnterpriseFilings), a.getReceipt},

		{get, "/appeals", enterprise.or(auth.ScopeEnterpriseAppeals), a.listAppeals},
		{get, "/appeals/counts", enterprise.or(auth.ScopeEnterpriseAppeals), a.countAppeals},
		{get, "/appeals/:id", enterprise.or(auth.ScopeEnterpriseAppeals), a.getAppeal},
		{put, "/appeals/:id/draft", enterprise, a.putAppealDraft},
		{post, "/appeals/:id/submit", enterprise, a.submitAppeal},
		{get, "/registrants", enterprise.or(auth.ScopeEnterpriseRegistrants), a.listRegistrants},
		{post, "/registrants/search", enterprise.or(auth.ScopeEnterpriseRegistrants), a.searchRegistrants},
		{get, "/registrants/counts", enterprise.or(auth.ScopeEnterpriseRegistrants), a.countRegistrants},
		{get, "/registrants/:id", enterprise.or(auth.ScopeEnterpriseRegistrants), a.getRegistrant},
		{post, "/registrants/:id/reveal", enterprise, a.revealRegistrant},
		{get, "/warnings", enterprise.or(auth.ScopeEnterpriseWarnings), a.listWarnings},
		{get, "/warnings/summary", enterprise.or(auth.ScopeEnterpriseWarnings), a.summarizeWarnings},
		{get, "/warnings/calendar-feed", enterprise, a.getCalendarFeed},
		{post, "/warnings/calendar-feed", enterprise, a.makeCalendarFeed},
		{del, "/warnings/calendar-feed", enterprise, a.revokeCalendarFeed},
		{get, "/calendar/:address", public, a.getCalendar}, // whoever knows the address; see calendar.go
		{get, "/renames", enterprise, a.listRenames},
		{get, "/renames/new", enterprise, a.newRename},
		{get, "/renames/:id", enterprise, a.getRename},
		{post, "/renames", enterprise, a.submitRename},
		{get, "/overview", enterprise, a.getOverview},
		{get, "/messages", enterprise.or(auth.ScopeEnterpriseMessages), a.listMessages},
		{get, "/messages/unread", enterprise, a.countMessages},
		{post, "/messages/read", enterprise, a.readMessages},
		{get, "/messages/stream", streaming(enterprise), a.streamMessages},

		{get, "/grants", enterprise, a.listGrants},
		{post, "/grants", enterprise, a.giveGrant},
		{get, "/grants/integrators", enterprise, a.listIntegrators},
		{get, "/grants/:id", enterprise, a.getGrant},
		{del, "/grants/:id", enterprise, a.revokeGrant},

		{get, "/admin/clients", machine(auth.ScopeClients), a.listClients},
		{post, "/admin/clients", machine(auth.ScopeClients), a.registerClient},
		{get, "/admin/clients/:id", machine(auth.ScopeClients), a.getClient},
		{put, "/admin/clients/:id", machine(auth.ScopeClients), a.putClient},
		{post, "/admin/clients/:id/disable", machine(auth.ScopeClients), a.disableClient},
		{post, "/admin/clients/:id/enable", machine(auth.ScopeClients), a.enableClient},
		{post, "/admin/clients/:id/secrets", machine(auth.ScopeClients), a.rotateSecret},
		{del, "/admin/clients/:id/secrets/:entry", machine(auth.ScopeClients), a.revokeSecret},
		{post, "/admin/clients/:id/keys", machine(auth.ScopeClients), a.addKeys},
		{del, "/admin/clients/:id/keys/:key_id", machine(auth.ScopeClients), a.removeKey},

		{get, "/exchange/grants", machine(auth.ScopeEvents), a.listHeldGrants},
		{post, "/exchange/token", public.upTo(tokenBodyMax), a.issueToken},
		{post, "/exchange/attachments", machine(auth.ScopeDeliver).upTo(upload), a.deliverAttachment},
		{post, "/exchange/filings", machine(auth.ScopeDeliver), a.deliverFiling},
		{post, "/exchange/deliveries", machine(auth.ScopeDeliver).upTo(bulkBytes), a.deliverFilings},
		{get, "/exchange/filings", machine(auth.ScopeRead), a.listDesk},
		{get, "/exchange/filings/:id", machine(auth.ScopeRead), a.getDeliveredFiling},
		{get, "/exchange/filings/:id/attachments/:attachment_id/content", machine(auth.ScopeRead), a.getFilingPaper},
		{post, "/exchange/findings", machine(auth.ScopeFindings), a.pushFinding},
		{post, "/exchange/findings/attachments", machine(auth.ScopeFindings).upTo(upload), a.uploadFindingPaper},
		{get, "/exchange/findings/:id", machine(auth.ScopeFindings), a.getFinding},
		{post, "/exchange/findings/:id/outcome", machine(auth.ScopeFindings), a.decideFinding},
		{get, "/exchange/attachments/:id/content", machine(auth.ScopeFindings), a.getFindingFile},
		{get, "/exchange/registrations", machine(auth.ScopeRead), a.listRegistrations},
		{post, "/exchange/registrations/corrections", machine(auth.ScopeCorrect), a.correctRegister},
		{post, "/exchange/decisions", machine(auth.ScopeDecide), a.decideFilings},
		{post, "/exchange/decisions/attachments", machine(auth.ScopeDecide).upTo(upload), a.uploadDecisionPaper},
		{post, "/exchange/filings/:id/withdrawal", machine(auth.ScopeWithdraw), a.askWithdrawal},
		{del, "/exchange/filings/:id/withdrawal", machine(auth.ScopeWithdraw), a.cancelWithdrawal},
		{get, "/exchange/renames", machine(auth.ScopeRenames), a.listReportedRenames},
		{get, "/exchange/renames/:id/copy", machine(auth.ScopeRenames), a.getRenameCopy},
		{post, "/exchange/renames/:id/outcome", machine(auth.ScopeRenames), a.decideRename},
		{get, "/exchange/events", machine(auth.ScopeEvents), a.readEvents},
		{get, "/exchange/events/kinds", machine(auth.ScopeEvents), a.listEventKinds},
		{get, "/exchange/webhooks", machine(auth.ScopeEvents), a.listWebhooks},
		{post, "/exchange/webhooks", machine(auth.ScopeEvents), a.createWebhook},
		{get, "/exchange/webhooks/:id", machine(auth.ScopeEvents), a.getWebhook},
		{put, "/exchange/webhooks/:id", machine(auth.ScopeEvents), a.putWebhook},
		{del, "/exchange/webhooks/:id", machine(auth.ScopeEvents), a.deleteWebhook},
		{post, "/exchange/webhooks/:id/rotate-secret", machine(auth.ScopeEvents), a.rotateWebhookSecret},
		{post, "/exchange/webhooks/:id/enable", machine(auth.ScopeEvents), a.enableWebhook},
		{post, "/exchange/webhooks/:id/test", machine(auth.ScopeEvents), a.testWebhook},
		{post, "/exchange/webhooks/:id/replay", machine(auth.ScopeEvents), a.replayWebhook},
		{get, "/exchange/webhooks/:id/deliveries", machine(auth.ScopeEvents), a.listWebhookDeliveries},
		{post, "/exchange/webhooks/:id/deliveries/:delivery/replay", machine(auth.ScopeEvents), a.replayWebhookDelivery},
		{post, "/exchange/notices", machine(auth.ScopeNotices), a.sendNotice},
	}
}

// New builds the handler of the whole product: the API, its document and
// Swagger UI, probes and metrics, and the browser application.
func New(p *app.App) http.Handler {
	a := &API{app: p, cfg: p.Config, log: p.Log, quotas: newQuotas(p.Config, p.Now), streams: newStreams(p.Now),
		metrics: newMetrics(), crossOrigin: http.NewCrossOriginProtection(),
		waiting: newPlaces(waitsPerClient), eventReaders: make(chan struct{}, eventReaders)}
	a.metrics.registry.MustRegister(eventMetrics{p})
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = a.handleError
	e.IPExtractor = clientAddress(p.Config)
	e.Use(identify, a.logged, a.secured, recovered, a.bounded)
	for _, r := range a.routes() {
		e.Add(r.method, Base+r.path, a.authorize(r.who, r.handle))
		a.streams.paths[Base+r.path] = r.who.stream
	}
	e.GET("/.well-known/jwks.json", a.getJWKS)
	e.GET("/healthz", a.healthz)
	e.GET("/readyz", a.readyz)
	e.GET("/metrics", echo.WrapHandler(a.metrics.handler()))
	a.document(e)
	a.reference(e)
	a.spa(e)
	return e
}
