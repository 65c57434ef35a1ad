package export

import (
	"zhuce/internal/auth"
	"zhuce/internal/errs"
)

// State is how far an export is.
type State string

// The states.
const (
	Queued    State = "queued"    // 排队中
	Running   State = "running"   // 生成中
	Ready     State = "ready"     // 已完成
	Failed    State = "failed"    // 失败
	Cancelled State = "cancelled" // 已取消
	Expired   State = "expired"   // 已过期
)

// Finished reports whether nothing more will happen to it but time.
func (s State) Finished() bool { return s != Queued && s != Running }

// Action is what a clerk may do with an export.
type Action string

// The actions.
const (
	Download Action = "download" // 下载
	Cancel   Action = "cancel"   // 取消
	Delete   Action = "delete"   // 删除
)

var offered = []Action{Download, Cancel, Delete}

// Refusals, in the words of the user.
var (
	ErrNotFound     = errs.Define(errs.NotFound, "export.not_found", "导出记录不存在", "There is no such export")
	ErrNotReady     = errs.Define(errs.Conflict, "export.not_ready", "导出尚未完成（当前：{state}），暂不能下载", "The export is not ready ({state})")
	ErrExpired      = errs.Define(errs.Conflict, "export.expired", "文件已过保存期并删除，请重新导出", "The file has been removed after its time; export again")
	ErrNoFile       = errs.Define(errs.Conflict, "export.no_file", "该导出没有文件（当前：{state}）", "This export has no file ({state})")
	ErrNotYours     = errs.Define(errs.Conflict, "export.only_who_asked", "含完整证件号码的文件只有导出人本人可以下载", "A file with full numbers can be downloaded only by whoever asked for it")
	ErrOver         = errs.Define(errs.Conflict, "export.finished", "导出已结束（当前：{state}），不需要取消", "The export has ended ({state}); there is nothing to cancel")
	ErrStillRunning = errs.Define(errs.Conflict, "export.still_running", "导出正在进行，请先取消再删除", "The export is under way; cancel it before you delete it")
)

// Offer says whether an action is open, and if not, why.
type Offer struct {
	Action Action
	Denied *errs.Error // nil: open
}

// Allowed says of each action whether it is open to the caller, who is of the
// export's enterprise.
func Allowed(e Export, who auth.Actor) []Offer {
	out := make([]Offer, len(offered))
	for i, a := range offered {
		out[i] = Offer{a, judge(e, who, a)}
	}
	return out
}

func judge(e Export, who auth.Actor, a Action) *errs.Error {
	switch a {
	case Download:
		switch {
		case e.State == Expired:
			return ErrExpired.New()
		case !e.State.Finished():
			return ErrNotReady.New("state", stateText(e.State))
		case e.State != Ready:
			return ErrNoFile.New("state", stateText(e.State))
		case !e.Masked && e.UserID != who.UserID:
			return ErrNotYours.New()
		}
	case Cancel:
		if e.State.Finished() {
			return ErrOver.New("state", stateText(e.State))
		}
	case Delete:
		if !e.State.Finished() {
			return ErrStillRunning.New()
		}
	}
	return nil
}
