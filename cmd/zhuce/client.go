package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"zhuce/internal/auth"
	"zhuce/internal/client"
	"zhuce/internal/errs"
	"zhuce/internal/pg"
)

// clientCommand is the way to the machine clients for whoever runs the machine. The
// same can be done over the API by an administrator's client, which is made here alone.
func clientCommand(logs io.Writer) *cobra.Command {
	c := &cobra.Command{Use: "client", Short: "管理对接客户端 · manage the machine clients of the exchange API"}
	with := func(do func(ctx context.Context, clients *client.Service, out io.Writer) error) func(*cobra.Command) error {
		return func(cmd *cobra.Command) error {
			cfg, _, err := settings(logs)
			if err != nil {
				return err
			}
			if err := pg.CheckSchema(cmd.Context(), cfg.DatabaseURL); err != nil {
				return err
			}
			db, err := pg.Open(cmd.Context(), pg.Config{URL: cfg.DatabaseURL, MaxConns: 2})
			if err != nil {
				return err
			}
			defer func() { _ = db.Close() }()
			return inBothLanguages(do(cmd.Context(), client.New(client.Options{DB: db}), cmd.OutOrStdout()))
		}
	}
	c.AddCommand(addClientCommand(with), listClientsCommand(with), showClientCommand(with), scopesCommand(with), rotateClientCommand(with),
		disableClientCommand(with), enableClientCommand(with), keyCommand(with))
	return c
}

// opened runs a piece of work with the clients of the configured database.
type opened func(do func(ctx context.Context, clients *client.Service, out io.Writer) error) func(*cobra.Command) error

func addClientCommand(with opened) *cobra.Command {
	var r client.Registration
	var party string
	c := &cobra.Command{
		Use:   "add NAME",
		Short: "新增客户端，密钥只显示一次 · add a client; the secret is shown once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return with(func(ctx context.Context, clients *client.Service, out io.Writer) error {
				r.Name, r.Party = args[0], auth.Party(party)
				made, err := clients.Register(ctx, client.Command, r)
				if err != nil {
					return err
				}
				return showSecret(out, made.ID.String(), made.Secret)
			})(cmd)
		},
	}
	c.Flags().StringVar(&party, "party", "", "代表哪一方 · who it acts for: person, province, ministry, integrator or administrator")
	grantFlags(c, &r.Scopes, &r.Provinces, &r.Description, &r.Listed)
	_ = c.MarkFlagRequired("party")
	_ = c.MarkFlagRequired("scope")
	return c
}

func grantFlags(c *cobra.Command, scopes, provinces *[]string, description *string, listed *bool) {
	c.Flags().StringSliceVar(scopes, "scope", nil, "权限 · scopes: "+strings.Join(client.Scopes, ", ")+
		"; integrator: "+strings.Join(client.ScopesOf(auth.Integrator), ", ")+"; administrator: "+auth.ScopeClients)
	c.Flags().StringSliceVar(provinces, "province", nil, "省级区划代码（两位），省级客户端必填 · two-digit provinces; a province names at least one")
	c.Flags().StringVar(description, "description", "", "说明，企业选择第三方时可见 · a description, shown to enterprises")
	c.Flags().BoolVar(listed, "listed", false, "列入供企业选择的第三方名单 · an integrator that enterprises can choose")
}

func listClientsCommand(with opened) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "列出客户端 · list the clients",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return with(func(ctx context.Context, clients *client.Service, out io.Writer) error {
				w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
				_, _ = fmt.Fprintln(w, "ID\tNAME\tPARTY\tSCOPES\tPROVINCES\tCREATED\tLAST USED\tDISABLED")
				for cursor := ""; ; {
					p, err := clients.List(ctx, client.Command, "", cursor, 200)
					if err != nil {
						return err
					}
					for _, c := range p.Items {
						_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.ID, c.Name, c.Party, strings.Join(c.Scopes, ","),
							orAll(c.Provinces), stamp(&c.CreatedAt), stamp(c.LastUsedAt), stamp(c.DisabledAt))
					}
					if cursor = p.NextCursor; cursor == "" {
						return w.Flush()
					}
				}
			})(cmd)
		},
	}
}

func showClientCommand(with opened) *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME|ID",
		Short: "显示客户端及其密钥、公钥的情况 · show a client, and what is known of its secrets and keys",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return with(func(ctx context.Context, clients *client.Service, out io.Writer) error {
				c, err := clients.Find(ctx, client.Command, args[0])
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
				for _, line := range [][2]string{{"id", c.ID.String()}, {"name", c.Name}, {"description", c.Description}, {"party", string(c.Party)},
					{"scopes", strings.Join(c.Scopes, ",")}, {"provinces", orAll(c.Provinces)}, {"listed", fmt.Sprint(c.Listed)}, {"created", stamp(&c.CreatedAt)},
					{"last used", stamp(c.LastUsedAt)}, {"last refused", stamp(c.RefusedAt)}, {"disabled", stamp(c.DisabledAt)}} {
					_, _ = fmt.Fprintf(w, "%s\t%s\n", line[0], line[1])
				}
				for _, s := range c.Secrets {
					_, _ = fmt.Fprintf(w, "secret\t%s  created %s  ends %s  last used %s\n", s.ID, stamp(&s.CreatedAt), stamp(s.ExpiresAt), stamp(s.LastUsedAt))
				}
				for _, k := range c.Keys {
					_, _ = fmt.Fprintf(w, "key\t%s  %s  created %s  last used %s\n", k.Kid, strings.Join(k.Algorithms(), ","), stamp(&k.CreatedAt), stamp(k.LastUsedAt))
				}
				return w.Flush()
			})(cmd)
		},
	}
}

func scopesCommand(with opened) *cobra.Command {
	var to client.Changes
	c := &cobra.Command{
		Use:   "scopes NAME|ID",
		Short: "更改权限、省份、说明，下一次请求即生效；未给出的不变 · change scopes, provinces, description from the next request on; what is not given stays",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return with(func(ctx context.Context, clients *client.Service, out io.Writer) error {
				now, err := clients.Find(ctx, client.Command, args[0])
				if err != nil {
					return err
				}
				keep := client.Changes{Description: now.Description, Scopes: now.Scopes, Provinces: now.Provinces, Listed: now.Listed}
				for name, set := range map[string]func(){
					"scope": func() { keep.Scopes = to.Scopes }, "province": func() { keep.Provinces = to.Provinces },
					"description": func() { keep.Description = to.Description }, "listed": func() { keep.Listed = to.Listed },
				} {
					if cmd.Flags().Changed(name) {
						set()
					}
				}
				after, err := clients.Change(ctx, client.Command, args[0], now.Version, keep)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(out, "%s: %s; %s\n", after.Name, strings.Join(after.Scopes, ","), orAll(after.Provinces))
				return err
			})(cmd)
		},
	}
	grantFlags(c, &to.Scopes, &to.Provinces, &to.Description, &to.Listed)
	return c
}

func rotateClientCommand(with opened) *cobra.Command {
	var overlap time.Duration
	c := &cobra.Command{
		Use:   "rotate NAME|ID",
		Short: "更换密钥；旧密钥在过渡期后失效 · give a client a new secret; the old one ends after the overlap",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return with(func(ctx context.Context, clients *client.Service, out io.Writer) error {
				r, err := clients.Rotate(ctx, client.Command, args[0], overlap)
				if err != nil {
					return err
				}
				if err := showSecret(out, args[0], r.Secret); err != nil || r.OldExpiresAt == nil {
					return err
				}
				_, err = fmt.Fprintf(out, "旧密钥有效至 · the old secret is good until %s\n", stamp(r.OldExpiresAt))
				return err
			})(cmd)
		},
	}
	c.Flags().DurationVar(&overlap, "overlap", client.Overlap, "旧密钥继续有效的时间，0 为立即失效 · how long the old secret stays good; 0: it ends at once")
	return c
}

func disableClientCommand(with opened) *cobra.Command {
	return &cobra.Command{
		Use:   "disable NAME|ID",
		Short: "停用客户端，立即生效 · disable a client, at once",
		Args:  cobra.ExactArgs(1),
		RunE:  onOff(with, (*client.Service).Disable, "已停用 · disabled"),
	}
}

func enableClientCommand(with opened) *cobra.Command {
	return &cobra.Command{
		Use:   "enable NAME|ID",
		Short: "重新启用客户端 · let a disabled client in again",
		Args:  cobra.ExactArgs(1),
		RunE:  onOff(with, (*client.Service).Enable, "已启用 · enabled"),
	}
}

func onOff(with opened, do func(*client.Service, context.Context, auth.Actor, string) (client.Client, error), done string) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		return with(func(ctx context.Context, clients *client.Service, out io.Writer) error {
			if _, err := do(clients, ctx, client.Command, args[0]); err != nil {
				return err
			}
			_, err := fmt.Fprintf(out, "%s: %s\n", done, args[0])
			return err
		})(cmd)
	}
}

func showSecret(out io.Writer, id, secret string) error {
	_, err := fmt.Fprintf(out, "client_id:     %s\nclient_secret: %s\n密钥只显示这一次，请妥善保存。 · The secret is shown this once; keep it safe.\n", id, secret)
	return err
}

func orAll(provinces []string) string {
	if len(provinces) == 0 {
		return "all"
	}
	return strings.Join(provinces, ",")
}

func stamp(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

// inBothLanguages says a refusal as people read it, with its code.
func inBothLanguages(err error) error {
	var refusal *errs.Error
	if !errors.As(err, &refusal) {
		return err
	}
	text := refusal.Def.Text
	return fmt.Errorf("%s · %s (%s)", text.In("zh-CN", refusal.Params), text.In("en", refusal.Params), refusal.Def.Code)
}
