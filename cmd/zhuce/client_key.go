package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"zhuce/internal/client"
)

// keyFileMax bounds what is read of a file with keys, in bytes.
const keyFileMax = 64 << 10

func keyCommand(with opened) *cobra.Command {
	c := &cobra.Command{Use: "key", Short: "管理客户端的公钥（private_key_jwt）· manage a client's public keys"}
	c.AddCommand(&cobra.Command{
		Use:   "add NAME|ID FILE",
		Short: "登记公钥：JWK 或 JWK Set 文件，- 为标准输入 · register public keys: a JWK or JWK set, - for standard input",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return with(func(ctx context.Context, clients *client.Service, out io.Writer) error {
				text, err := keyFile(cmd.InOrStdin(), args[1])
				if err != nil {
					return err
				}
				keys, err := client.ReadKeys(text)
				if err != nil {
					return err
				}
				added, err := clients.AddKeys(ctx, client.Command, args[0], keys)
				if err != nil {
					return err
				}
				for _, k := range added {
					if _, err := fmt.Fprintf(out, "kid: %s\n", k.Kid); err != nil {
						return err
					}
				}
				return nil
			})(cmd)
		},
	}, &cobra.Command{
		Use:   "remove NAME|ID KID",
		Short: "移除公钥，立即生效 · remove a public key, at once",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return with(func(ctx context.Context, clients *client.Service, out io.Writer) error {
				if err := clients.RemoveKey(ctx, client.Command, args[0], args[1]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(out, "已移除 · removed: %s\n", args[1])
				return err
			})(cmd)
		},
	})
	return c
}

func keyFile(stdin io.Reader, name string) ([]byte, error) {
	from := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	return io.ReadAll(io.LimitReader(from, keyFileMax))
}
