// Package config reads the settings from the environment, once, at start. Every
// setting NAME may also come from a file named by NAME_FILE (for secrets).
package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// Config is every setting of the product. Fields tagged secret are masked when printed.
type Config struct {
	Environment string `env:"ZHUCE_ENVIRONMENT" envDefault:"production"` // "production" or "development"
	Listen      string `env:"ZHUCE_LISTEN" envDefault:":8080"`
	PublicURL   string `env:"ZHUCE_PUBLIC_URL,required"` // what the browser sees, without a final slash
	DatabaseURL string `env:"DATABASE_URL,required" secret:"true"`
	DatabaseMax int    `env:"ZHUCE_DATABASE_MAX_CONNS" envDefault:"16"`
	FilesDir    string `env:"ZHUCE_FILES_DIR" envDefault:"./files"`
	// MasterKey: 32 bytes, base64. Personal data, cookies and signing keys are sealed with keys derived from it.
	MasterKey string `env:"ZHUCE_MASTER_KEY,required" secret:"true"`

	OIDCIssuer       string `env:"ZHUCE_OIDC_ISSUER,required"`
	OIDCClientID     string `env:"ZHUCE_OIDC_CLIENT_ID,required"`
	OIDCClientSecret string `env:"ZHUCE_OIDC_CLIENT_SECRET" secret:"true"`
	// MinTrustLevel: real-name level that a sign-in must have (3: two factors matched).
	MinTrustLevel int `env:"ZHUCE_MIN_TRUST_LEVEL" envDefault:"3"`

	AccessTokenLife time.Duration `env:"ZHUCE_ACCESS_TOKEN_LIFE" envDefault:"10m"`
	SessionLife     time.Duration `env:"ZHUCE_SESSION_LIFE" envDefault:"12h"`
	SessionIdle     time.Duration `env:"ZHUCE_SESSION_IDLE" envDefault:"2h"`

	// ReadingTime: how long the commitment letter must be open before it can be signed (manual §3.2.2).
	ReadingTime time.Duration `env:"ZHUCE_READING_TIME" envDefault:"60s"`
	// CommitmentLife: from opening to expiry.
	CommitmentLife time.Duration `env:"ZHUCE_COMMITMENT_LIFE" envDefault:"30m"`

	// The outside registers; one without an address is one that does not answer.
	QualificationRegisterURL   string `env:"ZHUCE_QUALIFICATION_REGISTER_URL"`
	QualificationRegisterToken string `env:"ZHUCE_QUALIFICATION_REGISTER_TOKEN" secret:"true"`
	BusinessRegisterURL        string `env:"ZHUCE_BUSINESS_REGISTER_URL"`
	BusinessRegisterToken      string `env:"ZHUCE_BUSINESS_REGISTER_TOKEN" secret:"true"`
	// RegisterTimeout: of one try; a question has three at most.
	RegisterTimeout time.Duration `env:"ZHUCE_REGISTER_TIMEOUT" envDefault:"3s"`
	// RegisterCoolDown: how long a register that keeps failing is left alone.
	RegisterCoolDown time.Duration `env:"ZHUCE_REGISTER_COOL_DOWN" envDefault:"15s"`
	// QualificationDays: how long a pre-registration may await its qualification, in natural days from its submission (manual §3.2.6).
	QualificationDays int `env:"ZHUCE_QUALIFICATION_DAYS" envDefault:"30"`
	// QualificationReminders: days before the last one on which the enterprise is reminded.
	QualificationReminders []int `env:"ZHUCE_QUALIFICATION_REMINDERS" envDefault:"15,7,3,1"`

	// RenameCopyIndustries: a rename of an enterprise of one of these must bring the renamed
	// qualification certificate's copy (manual §3.7, note 2); values of /meta.
	RenameCopyIndustries []string `env:"ZHUCE_RENAME_COPY_INDUSTRIES" envDefault:"drawing_review,testing"`

	MaxBodyBytes       int64 `env:"ZHUCE_MAX_BODY_BYTES" envDefault:"1048576"`
	MaxAttachmentBytes int64 `env:"ZHUCE_MAX_ATTACHMENT_BYTES" envDefault:"10485760"`
	// ExportAtOnceRows: exports of up to so many rows are made in the request that asks for them, larger ones in the background.
	ExportAtOnceRows int `env:"ZHUCE_EXPORT_AT_ONCE_ROWS" envDefault:"1000"`
	ExportMaxRows    int `env:"ZHUCE_EXPORT_MAX_ROWS" envDefault:"1000000"`
	// ExportKeep: how long an exported file can be downloaded.
	ExportKeep time.Duration `env:"ZHUCE_EXPORT_KEEP" envDefault:"168h"`
	// ExportsTogether: unfinished exports that one enterprise may have.
	ExportsTogether int `env:"ZHUCE_EXPORTS_TOGETHER" envDefault:"3"`
	// RequestsPerSecond: sustained rate allowed to one signed-in person; ten seconds of it in a burst. Likewise the three below.
	RequestsPerSecond float64 `env:"ZHUCE_REQUESTS_PER_SECOND" envDefault:"50"`
	// ClientRequestsPerSecond: of one machine client.
	ClientRequestsPerSecond float64 `env:"ZHUCE_CLIENT_REQUESTS_PER_SECOND" envDefault:"50"`
	// EnterpriseRequestsPerSecond: of all who act for one enterprise, people and integrators together.
	EnterpriseRequestsPerSecond float64 `env:"ZHUCE_ENTERPRISE_REQUESTS_PER_SECOND" envDefault:"100"`
	// AddressRequestsPerSecond: of one network address, for requests without a good token; many people may share one.
	AddressRequestsPerSecond float64 `env:"ZHUCE_ADDRESS_REQUESTS_PER_SECOND" envDefault:"50"`
	// WrongCredentialsPerMinute: attempts with wrong credentials for one machine client from one address.
	WrongCredentialsPerMinute int `env:"ZHUCE_WRONG_CREDENTIALS_PER_MINUTE" envDefault:"10"`
	// TrustedProxies: networks whose X-Forwarded-For is believed.
	TrustedProxies []string `env:"ZHUCE_TRUSTED_PROXIES"`
	// WarningDays: days before the end of a registration at which each level of warning begins (domain: early, near, urgent).
	WarningDays []int `env:"ZHUCE_WARNING_DAYS" envDefault:"180,90,30"`
	// WarningKeepDays: how long an expired registration stays among the warnings.
	WarningKeepDays int `env:"ZHUCE_WARNING_KEEP_DAYS" envDefault:"365"`
	// MessagesKeep: how long messages are kept (manual §3.6).
	MessagesKeep time.Duration `env:"ZHUCE_MESSAGES_KEEP" envDefault:"17520h"`
	// StreamHeartbeat: how often a stream of new messages shows that it lives, and looks whether its session does.
	StreamHeartbeat time.Duration `env:"ZHUCE_STREAM_HEARTBEAT" envDefault:"20s"`
	// EventsKeep: how long events can be read in the feed.
	EventsKeep time.Duration `env:"ZHUCE_EVENTS_KEEP" envDefault:"2160h"`
	// WebhookAllow: networks, addresses and hosts that webhooks may be sent to although they are not on the public network.
	WebhookAllow []string `env:"ZHUCE_WEBHOOK_ALLOW"`
	// WebhookPorts: those that webhooks may be sent to.
	WebhookPorts []int `env:"ZHUCE_WEBHOOK_PORTS" envDefault:"443,8443"`
	// WebhookTimeout: of one attempt.
	WebhookTimeout time.Duration `env:"ZHUCE_WEBHOOK_TIMEOUT" envDefault:"15s"`
	// HelpLinesFile: JSON that replaces the built-in help lines (manual §4).
	HelpLinesFile string `env:"ZHUCE_HELP_LINES_FILE"`
	// AppealDays: for the statement on a finding where the authority sets no day (manual §3.5).
	AppealDays int `env:"ZHUCE_APPEAL_DAYS" envDefault:"30"`
	// WorkdayDir: folder of working-day files that add years and replace built-in ones.
	WorkdayDir string `env:"ZHUCE_WORKDAY_DIR"`
	LogLevel   string `env:"ZHUCE_LOG_LEVEL" envDefault:"info"`
}

// Load reads the environment. The error lists everything that is wrong at once.
func Load() (Config, error) {
	return From(env.ToMap(os.Environ()))
}

// From is [Load] with the settings given instead of the environment.
func From(environ map[string]string) (Config, error) {
	for name, path := range environ {
		if target, ok := strings.CutSuffix(name, "_FILE"); ok && target != "ZHUCE_HELP_LINES" && (strings.HasPrefix(name, "ZHUCE_") || target == "DATABASE_URL") {
			b, err := os.ReadFile(path)
			if err != nil {
				return Config{}, fmt.Errorf("config: %s: %w", name, err)
			}
			environ[target] = strings.TrimSpace(string(b))
		}
	}
	var c Config
	if err := env.ParseWithOptions(&c, env.Options{Environment: environ}); err != nil {
		return Config{}, fmt.Errorf("config: %w", err)
	}
	return c, c.Check()
}

// Defaults are the settings as they come; those that have to be given are made up.
func Defaults() (Config, error) {
	var c Config
	err := env.ParseWithOptions(&c, env.Options{Environment: map[string]string{"ZHUCE_PUBLIC_URL": "https://zhuce.example",
		"DATABASE_URL": "postgres://", "ZHUCE_MASTER_KEY": "-", "ZHUCE_OIDC_ISSUER": "https://login.example", "ZHUCE_OIDC_CLIENT_ID": "zhuce"}})
	return c, err
}

// Check reports every setting that cannot work.
func (c Config) Check() error {
	var wrong []error
	if c.Environment != "production" && c.Environment != "development" {
		wrong = append(wrong, errors.New("ZHUCE_ENVIRONMENT must be production or development"))
	}
	if _, err := c.Key(); err != nil {
		wrong = append(wrong, err)
	}
	if c.Environment == "production" {
		for name, address := range map[string]string{"ZHUCE_PUBLIC_URL": c.PublicURL, "ZHUCE_OIDC_ISSUER": c.OIDCIssuer} {
			if !strings.HasPrefix(address, "https://") {
				wrong = append(wrong, fmt.Errorf("%s must begin with https:// in production", name))
			}
		}
	}
	for name, address := range map[string]string{"ZHUCE_QUALIFICATION_REGISTER_URL": c.QualificationRegisterURL, "ZHUCE_BUSINESS_REGISTER_URL": c.BusinessRegisterURL} {
		if err := c.register(name, address); err != nil {
			wrong = append(wrong, err)
		}
	}
	if c.RegisterTimeout < 0 || c.RegisterTimeout > 5*time.Second || c.RegisterCoolDown < 0 {
		wrong = append(wrong, errors.New("ZHUCE_REGISTER_TIMEOUT must be 5s at most, and neither it nor ZHUCE_REGISTER_COOL_DOWN below zero"))
	}
	if c.QualificationDays < 1 || c.QualificationDays > 365 || slices.ContainsFunc(c.QualificationReminders, func(d int) bool { return d < 0 || d > 365 }) {
		wrong = append(wrong, errors.New("ZHUCE_QUALIFICATION_DAYS must be 1 to 365, and ZHUCE_QUALIFICATION_REMINDERS numbers from 0 to 365"))
	}
	if strings.HasSuffix(c.PublicURL, "/") {
		wrong = append(wrong, errors.New("ZHUCE_PUBLIC_URL must not end with a slash"))
	}
	if c.ReadingTime < 0 || c.CommitmentLife <= c.ReadingTime {
		wrong = append(wrong, errors.New("ZHUCE_COMMITMENT_LIFE must be longer than ZHUCE_READING_TIME"))
	}
	if d := c.WarningDays; len(d) != 3 || d[0] <= d[1] || d[1] <= d[2] || d[2] < 1 || d[0] > 3650 {
		wrong = append(wrong, errors.New("ZHUCE_WARNING_DAYS must be three numbers of days, each smaller than the one before, from 3650 to 1"))
	}
	if c.WarningKeepDays < 0 || c.WarningKeepDays > 3650 {
		wrong = append(wrong, errors.New("ZHUCE_WARNING_KEEP_DAYS must be from 0 to 3650"))
	}
	if c.StreamHeartbeat <= 0 || c.MessagesKeep <= 0 {
		wrong = append(wrong, errors.New("ZHUCE_STREAM_HEARTBEAT and ZHUCE_MESSAGES_KEEP must be longer than nothing"))
	}
	if c.EventsKeep < 7*24*time.Hour {
		wrong = append(wrong, errors.New("ZHUCE_EVENTS_KEEP must be a week (168h) at least: whoever reads the feed may be away for some days"))
	}
	if c.WebhookTimeout <= 0 || c.WebhookTimeout > 30*time.Second || slices.ContainsFunc(c.WebhookPorts, func(p int) bool { return p < 1 || p > 65535 }) {
		wrong = append(wrong, errors.New("ZHUCE_WEBHOOK_TIMEOUT must be 30s at most, and ZHUCE_WEBHOOK_PORTS numbers from 1 to 65535"))
	}
	if c.DatabaseMax < 2 {
		wrong = append(wrong, errors.New("ZHUCE_DATABASE_MAX_CONNS must be at least 2"))
	}
	if c.RequestsPerSecond <= 0 || c.ClientRequestsPerSecond <= 0 || c.EnterpriseRequestsPerSecond <= 0 || c.AddressRequestsPerSecond <= 0 || c.WrongCredentialsPerMinute < 1 {
		wrong = append(wrong, errors.New("ZHUCE_REQUESTS_PER_SECOND, its three sisters and ZHUCE_WRONG_CREDENTIALS_PER_MINUTE must be above zero"))
	}
	for _, cidr := range c.TrustedProxies {
		if _, _, err := net.ParseCIDR(cidr); err != nil {
			wrong = append(wrong, fmt.Errorf("ZHUCE_TRUSTED_PROXIES: %q is no network like 10.0.0.0/8", cidr))
		}
	}
	if c.AppealDays < 1 || c.AppealDays > 365 {
		wrong = append(wrong, errors.New("ZHUCE_APPEAL_DAYS must be 1 to 365"))
	}
	return errors.Join(wrong...)
}

// register reports what is wrong with the address of a register. What it says
// decides, so in production nobody may stand in between.
func (c Config) register(name, address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(address, "/"):
		return fmt.Errorf("%s must be an http or https address without a query and a final slash", name)
	case c.Environment == "production" && u.Scheme != "https":
		return fmt.Errorf("%s must begin with https:// in production", name)
	}
	return nil
}

// Key is the decoded master key.
func (c Config) Key() ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(c.MasterKey)
	if err != nil || len(key) != 32 {
		return nil, errors.New("ZHUCE_MASTER_KEY must be 32 bytes in base64")
	}
	return key, nil
}

// LogValue prints the settings with the secrets masked.
func (c Config) LogValue() slog.Value {
	v := reflect.ValueOf(c)
	attrs := make([]slog.Attr, 0, v.NumField())
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("env"), ",")
		value := fmt.Sprint(v.Field(i).Interface())
		if f.Tag.Get("secret") == "true" && value != "" {
			value = "***"
		}
		attrs = append(attrs, slog.String(name, value))
	}
	return slog.GroupValue(attrs...)
}
