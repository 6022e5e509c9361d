/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmascope-server: answers for the snapshots in a database until SIGINT or
 * SIGTERM.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dispatch.h"
#include "http.h"
#include "listen_address.h"
#include "options.h"
#include "schema/unix_socket.h"
#include "watch.h"

enum exit_code {
	EXIT_OK = 0,
	EXIT_RUN_TIME = 1,
	EXIT_USAGE = 2,
	EXIT_ENVIRONMENT = 3,
};

__attribute__((format(printf, 2, 3))) static int fail(int code, const char *format, ...)
{
	va_list arguments;

	fputs("vmascope-server: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return code;
}

static int print_help(void)
{
	struct buffer buffer = {0};
	char *text;

	options_help(&buffer);
	text = buffer_take_text(&buffer);
	if (text)
		fputs(text, stdout);
	free(text);
	return text ? EXIT_OK : EXIT_RUN_TIME;
}

/* No database yet is fine, it comes with the first snapshot; a file that will
 * never be one is not. */
static int check_database(struct database *database)
{
	struct store_error error = {.text = ""};
	struct database_lease lease = {.store = NULL};
	int rc = database_lease(database, &lease, &error);

	if (rc == 0)
		database_return(database, &lease, true);
	if (rc == -ENOTSUP || rc == -EACCES)
		return fail(EXIT_ENVIRONMENT, "%s", error.text);
	if (rc == -ENOENT)
		fprintf(stderr,
			"vmascope-server: no database at %s yet, waiting for the collector\n",
			database->path);
	else if (rc)
		fail(0, "%s", error.text);
	return EXIT_OK;
}

static int wait_for_signal(const sigset_t *signals)
{
	int signal_number;

	while (sigwait(signals, &signal_number) == EINTR)
		;
	return EXIT_OK;
}

static int answer_until_signal(struct server *server, struct listen_address *address, int listen_fd,
			       const sigset_t *signals)
{
	struct http *http = NULL;
	int rc = watch_start(&server->database, server->collector, &server->watch);

	if (!rc)
		rc = http_start(server, listen_fd, &http);
	if (rc) {
		close(listen_fd);
		if (server->watch)
			watch_stop(server->watch);
		watch_free(&server->watch);
		return fail(EXIT_RUN_TIME, "cannot start to answer on %s:%u: %s", address->host,
			    address->port, strerror(-rc));
	}
	printf("listening on http://%s:%u/\n", address->host, address->port);
	fflush(stdout);
	wait_for_signal(signals);
	/* first, as it ends the streams whose threads the other waits for */
	watch_stop(server->watch);
	http_stop(&http);
	watch_free(&server->watch);
	return EXIT_OK;
}

static int serve(struct server *server, struct listen_address *address)
{
	sigset_t signals;
	int listen_fd;
	int rc;

	/* blocked before the first thread exists, so that all threads inherit it
	 * and the signals wait for sigwait() */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	rc = listen_address_open(address, &listen_fd);
	if (rc == -EADDRINUSE)
		return fail(EXIT_RUN_TIME,
			    "%s:%u is in use by another program; give another port with --listen",
			    address->host, address->port);
	if (rc)
		return fail(EXIT_RUN_TIME, "cannot listen on %s:%u: %s", address->host,
			    address->port, strerror(-rc));
	return answer_until_signal(server, address, listen_fd, &signals);
}

static int run(const struct options *options)
{
	struct listen_address address;
	struct server server = {.web_root = options->web_root};
	uint64_t query_timeout_ns;
	char collector[UNIX_SOCKET_PATH_SIZE];
	int code;

	if (listen_address_parse(options->listen, &address) != 0)
		return fail(
			EXIT_USAGE,
			"--listen takes an address and a port, as 127.0.0.1:8080 or [::1]:8080, "
			"not %s",
			options->listen);
	if (!listen_address_is_loopback(&address))
		return fail(EXIT_USAGE,
			    "%s can be reached from other machines; --listen takes loopback "
			    "addresses only, use a forwarded port (ssh -L) or a proxy",
			    address.host);
	if (options_seconds(options->query_timeout, &query_timeout_ns) != 0)
		return fail(EXIT_USAGE, "--query-timeout takes seconds from 0.001 to 86400, not %s",
			    options->query_timeout);
	server.host = address.host;
	if (options->socket)
		snprintf(collector, sizeof(collector), "%s", options->socket);
	else if (unix_socket_beside(options->db, collector) != 0)
		return fail(EXIT_USAGE, "the path of --db is too long");
	server.collector = collector;
	database_start(&server.database, options->db);
	server.database.query_timeout_ns = query_timeout_ns;
	code = check_database(&server.database);
	if (code == EXIT_OK)
		code = serve(&server, &address);
	database_stop(&server.database);
	return code;
}

int main(int argc, char **argv)
{
	char error[OPTIONS_ERROR_SIZE];
	struct options options;

	if (options_read(argc, argv, &options, error) != 0)
		return fail(EXIT_USAGE, "%s", error);
	if (options.help)
		return print_help();
	if (options.version) {
		puts("vmascope-server " VMASCOPE_VERSION);
		return EXIT_OK;
	}
	return run(&options);
}
