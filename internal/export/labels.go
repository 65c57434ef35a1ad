package export

import (
	"zhuce/internal/errs"
	"zhuce/internal/label"
)

// The tables, in the order in which they are shown.
var (
	States = []label.Label{
		label.New(string(Queued), "排队中", "Waiting"), label.New(string(Running), "生成中", "Being made"),
		label.New(string(Ready), "已完成", "Ready"), label.New(string(Failed), "失败", "Failed"),
		label.New(string(Cancelled), "已取消", "Cancelled"), label.New(string(Expired), "已过期", "Expired"),
	}
	Sources = []label.Label{
		label.New(string(Registrants), "注册人员", "Registrants"), label.New(string(Filings), "注册申报", "Filings"),
	}
	Actions = []label.Label{
		label.New(string(Download), "下载", "Download"), label.New(string(Cancel), "取消", "Cancel"), label.New(string(Delete), "删除", "Delete"),
	}
	Failures = []label.Label{
		label.New(string(TooManyRows), "生成时记录已超过上限，请缩小查询范围", "There were too many rows by then; narrow the query"),
		label.New(string(GaveUp), "多次尝试均未成功，请稍后重新导出", "It failed again and again; try later"),
	}
)

func stateText(s State) errs.Text { return label.TextOf(States, string(s)) }

// Text is the failure in words.
func (f Failure) Text() errs.Text { return label.TextOf(Failures, string(f)) }
