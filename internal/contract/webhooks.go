package contract

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// EventKind is a kind of event that is sent to webhooks.
type EventKind struct {
	Kind   string
	ZH, EN string
	To     []string // parties that learn of it beside whoever's record it is
}

// webhooksKey: OpenAPI 3.0 has no webhooks of its own; Redocly and others read these.
const webhooksKey = "x-webhooks"

// addWebhooks describes a delivery of each kind (Standard Webhooks 1.0). The event
// inside is the schema Event, as in the feed.
func addWebhooks(doc *openapi3.T, kinds []EventKind) {
	event := doc.Components.Schemas["Event"]
	if event == nil || len(kinds) == 0 {
		return
	}
	doc.Components.Schemas["WebhookMessage"] = openapi3.NewSchemaRef("", deliverySchema())
	for name, p := range map[string]*openapi3.ParameterRef{
		"WebhookId": parameter("webhook-id", "投递编号，重试时不变，按它去重 · The same on every try: fold by it", true,
			openapi3.NewStringSchema().WithMaxLength(100).WithPattern(`^[!-~]+$`)),
		"WebhookTimestamp": parameter("webhook-timestamp", "发送时间，Unix 秒 · When it was sent, in Unix seconds", true, whole(0, 1<<31-1, 1795402800)),
		"WebhookSignature": parameter("webhook-signature", "签名，可有多个，以空格分隔 · Signatures, several while a secret is replaced, separated by blanks", true,
			openapi3.NewStringSchema().WithMaxLength(1000).WithPattern(`^v1,[A-Za-z0-9+/=]+( v1,[A-Za-z0-9+/=]+)*$`)),
	} {
		doc.Components.Parameters[name] = p
	}
	hooks := map[string]any{}
	for _, k := range kinds {
		hooks[k.Kind] = map[string]any{"post": map[string]any{
			"operationId": "on" + camel(k.Kind), "summary": fmt.Sprintf("%s (%s)", k.EN, k.ZH), "tags": []string{"exchange"},
			"description": "Told to whoever's record it is" + also(k.To) + ". Check the signature first; answer 2xx at once. Anything else is tried again for about a day, 410 disables the webhook.",
			"parameters":  []any{parameterRef("WebhookId"), parameterRef("WebhookTimestamp"), parameterRef("WebhookSignature")},
			"requestBody": map[string]any{"required": true, "content": map[string]any{"application/json": map[string]any{
				"schema": map[string]any{"$ref": schemaPrefix + "WebhookMessage"}, "example": deliveryExample(doc, event, k.Kind)}}},
			"security": []any{}, "responses": map[string]any{"204": map[string]any{"description": "收到 · Taken"}, "410": map[string]any{"description": "不再接收，停用 · No longer wanted: disables the webhook"}},
		}}
	}
	if doc.Extensions == nil {
		doc.Extensions = map[string]any{}
	}
	doc.Extensions[webhooksKey] = hooks
}

func deliverySchema() *openapi3.Schema {
	kind := text(100, "filing.submit")
	kind.Pattern = `^[a-z_]+(\.[a-z_]+)*$`
	s := openapi3.NewObjectSchema().WithProperty("type", kind).
		WithProperty("timestamp", openapi3.NewDateTimeSchema().WithMaxLength(40)).
		WithPropertyRef("data", openapi3.NewSchemaRef(schemaPrefix+"Event", nil))
	s.Description = "A delivery to a webhook (Standard Webhooks 1.0)"
	s.Required = []string{"data", "timestamp", "type"}
	return s
}

func deliveryExample(doc *openapi3.T, event *openapi3.SchemaRef, kind string) map[string]any {
	data, _ := exampleOf(doc, event, nil).(map[string]any)
	data = maps.Clone(data)
	subject, _, _ := strings.Cut(kind, ".")
	data["kind"] = kind
	data["subject"] = map[string]any{"type": subject, "id": plain["uuid"]}
	data["data"] = map[string]any{}
	return map[string]any{"type": kind, "timestamp": plain["date-time"], "data": data}
}

func parameterRef(name string) map[string]any {
	return map[string]any{"$ref": "#/components/parameters/" + name}
}

func also(to []string) string {
	names := map[string]string{"enterprise": "integrators that the enterprise chose", "province": "its province", "ministry": "the ministry"}
	var out []string
	for _, p := range to {
		out = append(out, names[p])
	}
	out = slices.DeleteFunc(out, func(s string) bool { return s == "" })
	if len(out) == 0 {
		return ""
	}
	return ", and to " + strings.Join(out, ", ")
}

// camel turns filing.ask_withdrawal into FilingAskWithdrawal.
func camel(kind string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(kind, func(r rune) bool { return r == '.' || r == '_' }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
