package message

import (
	"context"
	"fmt"

	"zhuce/internal/auth"
)

// ringPrefix begins the bell's key of an audience.
const ringPrefix = "messages:"

// ReaderKey is the bell's key of what a person has read: their other pages show it too.
func ReaderKey(who auth.Actor) string { return "reader:" + who.UserID.String() }

// Keys are the bell's keys that ring when there may be something new for the reader.
func (s *Service) Keys(ctx context.Context, who auth.Actor) ([]string, error) {
	var audiences []string
	if err := s.db.Read(ctx).Raw(`WITH `+boxes+` SELECT audience FROM box`, reader(who)).Scan(&audiences).Error; err != nil {
		return nil, fmt.Errorf("read audiences: %w", err)
	}
	keys := []string{ReaderKey(who)}
	for _, a := range audiences {
		keys = append(keys, ringPrefix+a)
	}
	return keys, nil
}
