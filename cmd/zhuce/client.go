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

// clientCommand is the administrator's way to the machine clients. They are few
// and made by hand, so there is no screen for them.
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
			return inBothLanguages(do(cmd.Context(), client.New(db, nil), cmd.OutOrStdout()))
		}
	}
	c.AddCommand(addClientCommand(with), listClientsCommand(with), disableClientCommand(with), rotateClientCommand(with))
	return c
}

// opened runs a piece of work with the clients of the configured database.
type opened func(do func(ctx context.Context, clients *client.Service, out io.Writer) error) func(*cobra.Command) error

func addClientCommand(with opened) *cobra.Command {
	var party string
	var scopes, provinces []string
	c := &cobra.Command{
		Use:   "add NAME",
		Short: "新增客户端，密钥只显示一次 · add a client; the secret is shown once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return with(func(ctx context.Context, clients *client.Service, out io.Writer) error {
				id, secret, err := clients.Register(ctx, args[0], auth.Party(party), scopes, provinces)
				if err != nil {
					return err
				}
				return showSecret(out, id.String(), secret)
			})(cmd)
		},
	}
	c.Flags().StringVar(&party, "party", "", "代表哪一方 · who it acts for: person, province or ministry")
	c.Flags().StringSliceVar(&scopes, "scope", nil, "权限 · scopes: "+strings.Join(client.Scopes, ", "))
	c.Flags().StringSliceVar(&provinces, "province", nil, "省级区划代码（两位），不填为全部 · two-digit provinces; all when left out")
	_ = c.MarkFlagRequired("party")
	_ = c.MarkFlagRequired("scope")
	return c
}

func listClientsCommand(with opened) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "列出客户端 · list the clients",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return with(func(ctx context.Context, clients *client.Service, out io.Writer) error {
				all, err := clients.List(ctx)
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
				_, _ = fmt.Fprintln(w, "ID\tNAME\tPARTY\tSCOPES\tPROVINCES\tCREATED\tDISABLED")
				for _, c := range all {
					_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.ID, c.Name, c.Party, strings.Join(c.Scopes, ","),
						orAll(c.Provinces), c.CreatedAt.UTC().Format(time.RFC3339), disabled(c))
				}
				return w.Flush()
			})(cmd)
		},
	}
}

func disableClientCommand(with opened) *cobra.Command {
	return &cobra.Command{
		Use:   "disable NAME|ID",
		Short: "停用客户端，立即生效 · disable a client, at once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return with(func(ctx context.Context, clients *client.Service, out io.Writer) error {
				if err := clients.Disable(ctx, args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(out, "已停用 · disabled: %s\n", args[0])
				return err
			})(cmd)
		},
	}
}

func rotateClientCommand(with opened) *cobra.Command {
	return &cobra.Command{
		Use:   "rotate NAME|ID",
		Short: "更换密钥，旧密钥立即失效 · give a client a new secret; the old one ends at once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return with(func(ctx context.Context, clients *client.Service, out io.Writer) error {
				secret, err := clients.Rotate(ctx, args[0])
				if err != nil {
					return err
				}
				return showSecret(out, args[0], secret)
			})(cmd)
		},
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

func disabled(c client.Client) string {
	if c.DisabledAt == nil {
		return "-"
	}
	return c.DisabledAt.UTC().Format(time.RFC3339)
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
