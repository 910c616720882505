package export

import "testing"

// TestMarkdownHasNoTags: what was said stays text in whatever shows the file.
func TestMarkdownHasNoTags(t *testing.T) {
	for said, want := range map[string]string{
		"<script>alert(1)</script>":                  "> &lt;script>alert(1)&lt;/script>\n\n",
		"a < b, <img src=x onerror=y> <!-- <?x":      "> a < b, &lt;img src=x onerror=y> &lt;!-- &lt;?x\n\n",
		"```html\n<b>\n```\n<i>":                     "> ```html\n> <b>\n> ```\n> &lt;i>\n\n",
		"~~~~\n<b>\n~~~\n   ~~~~~ \n<i>":             "> ~~~~\n> <b>\n> ~~~\n>    ~~~~~ \n> &lt;i>\n\n",
		"```\n<b>":                                   "> ```\n> <b>\n> ```\n\n",
		"``` `<b>\n<i>":                              "> ``` `&lt;b>\n> &lt;i>\n\n",
		"- x\n  ```\n<b>":                            "> - x\n>   ```\n> &lt;b>\n\n",
		"```<b>\n<u>\n    ```\n<u>\n```":             "> ```&lt;b>\n> <u>\n>     ```\n> <u>\n> ```\n\n",
		"```\r<b>\r\n```\r<script src=//x></script>": "> ```\n> <b>\n> ```\n> &lt;script src=//x>&lt;/script>\n\n",
	} {
		if got := quoted(said); got != want {
			t.Errorf("%q becomes %q, want %q", said, got, want)
		}
	}
}
