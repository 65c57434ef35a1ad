package grant

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// row is a grant with its integrator, as stored. Arrays are read as text: a blank stands in no scope.
type row struct {
	ID            uuid.UUID
	EnterpriseID  uuid.UUID
	ClientID      uuid.UUID
	ClientName    string
	Description   string
	ClientScopes  string
	Disabled      bool
	Scopes        string
	GrantedByName string
	GrantedAt     time.Time
	ExpiresAt     time.Time
	RevokedAt     *time.Time
	RevokedByName *string
	LastUsedAt    *time.Time
	Total         int64
}

const columns = `g.id, g.enterprise_id, g.client_id, c.name AS client_name, c.description, array_to_string(c.scopes, ' ') AS client_scopes,
	c.disabled_at IS NOT NULL AS disabled, array_to_string(g.scopes, ' ') AS scopes, g.granted_by_name, g.granted_at, g.expires_at,
	g.revoked_at, g.revoked_by_name, g.last_used_at`

const source = ` FROM enterprise_grants g JOIN machine_clients c ON c.id = g.client_id WHERE `

func read(q *gorm.DB, where string, args ...any) ([]row, error) {
	var rows []row
	if err := q.Raw(`SELECT `+columns+source+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("grant: read: %w", err)
	}
	return rows, nil
}

func (r row) grant() Grant {
	g := Grant{ID: r.ID, EnterpriseID: r.EnterpriseID, Integrator: Integrator{r.ClientID, r.ClientName, r.Description, givable(r.ClientScopes), r.Disabled},
		Scopes: strings.Fields(r.Scopes), GrantedByName: r.GrantedByName, GrantedAt: r.GrantedAt, ExpiresAt: r.ExpiresAt,
		RevokedAt: r.RevokedAt, LastUsedAt: r.LastUsedAt}
	if r.RevokedByName != nil {
		g.RevokedByName = *r.RevokedByName
	}
	return g
}

// listed are the integrators that enterprises may choose.
const listed = `party = 'integrator' AND listed AND disabled_at IS NULL`

func integrators(q *gorm.DB, where string, args ...any) ([]Integrator, error) {
	var rows []struct {
		ID                        uuid.UUID
		Name, Description, Scopes string
	}
	err := q.Raw(`SELECT id, name, description, array_to_string(scopes, ' ') AS scopes FROM machine_clients WHERE `+where, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("grant: read integrators: %w", err)
	}
	out := make([]Integrator, 0, len(rows))
	for _, r := range rows {
		out = append(out, Integrator{ID: r.ID, Name: r.Name, Description: r.Description, Scopes: givable(r.Scopes)})
	}
	return out, nil
}

// givable are those of a client's scopes that an enterprise can give, in their order.
func givable(scopes string) []string {
	var out []string
	for _, l := range Scopes {
		if strings.Contains(" "+scopes+" ", " "+l.Value+" ") {
			out = append(out, l.Value)
		}
	}
	return out
}
