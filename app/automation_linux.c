//go:build linux && desktop && automation

/*
 * Only in the binary that the window test drives. Wails makes its web view by
 * the function below; this one takes its place at link time and makes the same
 * view with automation switched on, so that WebKitWebDriver can see the page.
 */
#include <webkit2/webkit2.h>

static GtkWidget *the_view;

static WebKitWebView *give_view(WebKitAutomationSession *session, gpointer data) {
	return WEBKIT_WEB_VIEW(the_view);
}

static void started(WebKitWebContext *context, WebKitAutomationSession *session, gpointer data) {
	WebKitApplicationInfo *info = webkit_application_info_new();
	webkit_application_info_set_name(info, "gumshoe");
	webkit_application_info_set_version(info, 0, 1, 0);
	webkit_automation_session_set_application_info(session, info);
	webkit_application_info_unref(info);
	g_signal_connect(session, "create-web-view", G_CALLBACK(give_view), NULL);
}

GtkWidget *webkit_web_view_new_with_user_content_manager(WebKitUserContentManager *manager) {
	WebKitWebContext *context = webkit_web_context_get_default();
	webkit_web_context_set_automation_allowed(context, TRUE);
	g_signal_connect(context, "automation-started", G_CALLBACK(started), NULL);
	the_view = g_object_new(WEBKIT_TYPE_WEB_VIEW, "user-content-manager", manager,
		"is-controlled-by-automation", TRUE, NULL);
	return the_view;
}
