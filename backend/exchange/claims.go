package exchange

// Claims is what the signed token of a request said of its user. The token
// itself is a secret and is kept nowhere.
type Claims struct {
	Subject string `json:"sub,omitempty"` // the user's id
	Email   string `json:"email,omitempty"`
	Name    string `json:"name,omitempty"`
	Role    string `json:"role,omitempty"`
	// Verified says that the signature was checked with a configured secret.
	Verified bool `json:"verified,omitempty"`
}
