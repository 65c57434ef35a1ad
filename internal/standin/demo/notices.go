package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zhuce/internal/auth"
	"zhuce/internal/client"
	"zhuce/internal/message"
	"zhuce/internal/pg"
)

// notices are what the authorities have told of late, days before the end.
var notices = []struct {
	days        int
	client      string
	kind        message.Kind
	title, body string
	link        string
	provinces   []string // none: all
}{
	{40, "demo-ministry", message.KindNotice, "关于做好勘察设计注册工程师延续注册工作的通知",
		"注册有效期届满需继续执业的，应在届满30日前申请延续注册。请各聘用企业核对本单位注册人员的有效期，及早安排。", "https://www.mohurd.gov.cn/", nil},
	{12, "demo-province", message.KindNotice, "关于核对注册人员社会保险信息的通知",
		"请各单位于本月底前核对注册人员的社会保险缴纳单位，与注册单位不一致的，及时办理变更注册或说明情况。", "", []string{"11"}},
	{5, "demo-ministry", message.KindSystem, "系统维护通知",
		"本周六22:00至次日2:00进行系统维护，期间可能短时无法访问，已填写的内容不受影响。", "", nil},
}

// notify lets the authorities tell what they had to tell.
func (l *loader) notify(ctx context.Context, end time.Time) (err error) {
	own := &ticker{} // the loader's clock is past these days
	db, err := pg.Open(ctx, pg.Config{URL: l.DatabaseURL, MaxConns: 2, Now: own.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	messages := message.New(db, l.Config.MessagesKeep)
	for i, n := range notices {
		c, err := l.clients.Find(ctx, client.Command, n.client)
		if err != nil {
			return fmt.Errorf("notices: %w", err)
		}
		who := auth.Actor{Party: c.Party, ClientID: c.ID, Name: ministry.Name, Provinces: c.Provinces}
		if len(n.provinces) > 0 {
			who.Name = authorities[n.provinces[0]]
		}
		own.set(end.AddDate(0, 0, -n.days))
		if _, _, err := messages.Send(ctx, who, message.Notice{Ref: fmt.Sprint("demo-", i+1), Kind: n.kind, Title: n.title, Body: n.body, Link: n.link,
			To: message.Addressed{All: len(n.provinces) == 0, Provinces: n.provinces}}); err != nil {
			return fmt.Errorf("notice %s: %w", n.title, err)
		}
	}
	return nil
}
