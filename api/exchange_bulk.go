package api

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"zhuce/internal/errs"
	"zhuce/internal/filing"
)

// bulkBytes is the largest body of a bulk delivery.
const bulkBytes = 8 << 20

// DeliveryBulk is up to 1,000 deliveries in one message.
type DeliveryBulk struct {
	Items []DeliveryRequest `json:"items" validate:"required,min=1,max=1000"` // each is judged by itself
	// DryRun judges the same and keeps nothing; it stands here, not in the items.
	DryRun bool `json:"dry_run" validate:"omitempty" example:"false"`
}

// DeliveryBulkResult says of each delivery what became of it, in the order in which they were sent.
type DeliveryBulkResult struct {
	Applied  int                `json:"applied" example:"998"` // applied now; of a dry run: would be
	Repeated int                `json:"repeated" example:"1"`  // applied before
	Refused  int                `json:"refused" example:"1"`
	DryRun   bool               `json:"dry_run" example:"false"`
	Items    []DeliveryBulkItem `json:"items"`
}

// DeliveryBulkItem is what became of one delivery.
type DeliveryBulkItem struct {
	// DeliveryRef is as it was sent; one that is longer than a ref may be is cut.
	DeliveryRef string `json:"delivery_ref" example:"d-20261123-000123"`
	// Status is the one that the delivery would have been answered with alone: 201, 200 when it was applied before, or that of its refusal.
	Status   int              `json:"status" example:"201"`
	Delivery *DeliveryResult  `json:"delivery" extensions:"x-nullable"` // null when it was refused, and in a dry run
	Problem  *DeliveryProblem `json:"problem" extensions:"x-nullable"`  // null when it was taken
}

// DeliveryProblem is why one delivery was refused; pointers go into that delivery.
type DeliveryProblem struct {
	Code   string         `json:"code" example:"filing.already_open"`
	Detail string         `json:"detail" example:"该人员此专业已有在办申报 ZC2026112300000123（省级未受理），办结前不能重复申报"`
	Errors []ProblemError `json:"errors"`
}

// deliverFilings takes many filings from the person's system.
//
// @ID          deliverFilings
// @Summary     Deliver up to 1,000 filings (批量报送)
// @Description Each item is a delivery as in POST /exchange/filings and is judged as if it came alone after those before it: one that is refused does not stop the others, and `items` says of each what became of it, in order. A person who stands in it twice is refused the second time, with the first named.
// @Description Sent again, what was applied is answered with 200 and its first answer, and what was refused is judged anew. With `dry_run` nothing is kept and the refs stay free. A body that cannot be read is refused as a whole.
// @Tags        exchange
// @Accept      json
// @Produce     json
// @Param       body body DeliveryBulk true "filings, 8 MiB at most"
// @Success     200 {object} DeliveryBulkResult
// @Failure     400 {object} Problem
// @Failure     401 {object} Problem
// @Failure     403 {object} Problem
// @Failure     413 {object} Problem
// @Failure     415 {object} Problem
// @Failure     422 {object} Problem
// @Security    OAuth2[filings:deliver]
// @Router      /exchange/deliveries [post]
func (a *API) deliverFilings(c echo.Context) error {
	var req DeliveryBulk
	if err := a.bind(c, &req); err != nil {
		return err
	}
	out := DeliveryBulkResult{DryRun: req.DryRun, Items: make([]DeliveryBulkItem, len(req.Items))}
	var sound []filing.Delivery
	var index []int // of the sound ones
	for i, item := range req.Items {
		out.Items[i].DeliveryRef = clip(item.DeliveryRef, 100)
		if item.DryRun {
			return errInvalid.New().With(errBulkDry.At("/items/" + strconv.Itoa(i) + "/dry_run"))
		}
		var wrong *errs.Error
		if err := a.check(item); errors.As(err, &wrong) {
			out.Items[i].refuse(wrong.Plain(), language(c.Request()))
			continue
		} else if err != nil {
			return err
		}
		sound, index = append(sound, item.delivery()), append(index, i)
	}
	if len(sound) > 0 {
		done, err := a.app.Filings.DeliverAll(c.Request().Context(), actor(c), sound, req.DryRun)
		if err != nil {
			return err
		}
		for n, o := range done {
			out.Items[index[n]].fill(o, req.DryRun, language(c.Request()))
		}
	}
	for _, item := range out.Items {
		switch item.Status {
		case http.StatusCreated:
			out.Applied++
		case http.StatusOK:
			out.Repeated++
		default:
			out.Refused++
		}
	}
	return c.JSON(http.StatusOK, out)
}

var errBulkDry = errs.Define(errs.Invalid, "request.dry_run_of_one", "试运行应对整批指定，不在单件中指定", "A dry run is asked of the whole bulk, not of one item")

func (i *DeliveryBulkItem) fill(o filing.BulkOutcome, dryRun bool, lang string) {
	if o.Refused != nil {
		i.refuse(*o.Refused, lang)
		return
	}
	i.Status = createdIf(o.Fresh)
	if !dryRun {
		d := o.Delivered
		i.Delivery = &DeliveryResult{d.ID.String(), d.Reference, string(d.Status), d.Revision, d.DeliveredAt.UTC()}
	}
}

func (i *DeliveryBulkItem) refuse(why errs.Plain, lang string) {
	i.Status = status[why.Kind]
	i.Problem = &DeliveryProblem{Code: why.Code, Detail: why.Text.In(lang, nil), Errors: make([]ProblemError, len(why.Details))}
	for n, d := range why.Details {
		i.Problem.Errors[n] = ProblemError{Pointer: d.Pointer, Code: d.Code, Message: d.Text.In(lang, nil)}
		if d.Record != nil {
			r := ProblemRecord(*d.Record)
			i.Problem.Errors[n].Record = &r
		}
	}
}
