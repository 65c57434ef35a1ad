package filing

import (
	"context"

	"github.com/google/uuid"

	"zhuce/internal/auth"
)

// AskWithdrawal is the person's wish to withdraw (manual §3.2.5); only its flag
// moves until the enterprise answers.
func (s *Service) AskWithdrawal(ctx context.Context, who auth.Actor, id uuid.UUID, reason string) error {
	_, err := s.once(ctx, step{who: who, action: AskWithdrawal, reason: reason}, []uuid.UUID{id})
	return err
}

// AnswerWithdrawal agrees to or declines what the persons asked for, all or none.
func (s *Service) AnswerWithdrawal(ctx context.Context, who auth.Actor, ids []uuid.UUID, agree bool, reason string) ([]Moved, error) {
	do := DeclineWithdrawal
	if agree {
		do = AgreeWithdrawal
	}
	return s.once(ctx, step{who: who, action: do, reason: reason}, ids)
}
