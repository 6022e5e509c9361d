/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmascope-server: answers for the snapshots in a database until SIGINT or
 * SIGTERM.
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dispatch.h"
#include "http.h"
#include "listen_address.h"
#include "options.h"
#include "schema/unix_socket.h"
#include "watch.h"

/* Each thread would have an arena of its own, up to eight a processor, and what it
 * freed would stay in there. There is a thread for each connection, and no memory
 * is handed from one to another. */
#define MALLOC_ARENAS 4
/* Said so that they stay: the library raises both with the largest block that was
 * ever freed, and then keeps what a burst of requests took. Larger blocks are mapped
 * one by one, which costs a fault for each page, too much for each answer. */
#define MALLOC_MAPPED_BYTES (1 << 20)
#define MALLOC_TRIM_BYTES (2 << 20)

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
	struct stat is;
	struct store_error error = {.text = ""};
	struct database_lease lease = {.store = NULL};
	int rc;

	if (stat(database->path, &is) == 0 && !S_ISREG(is.st_mode))
		return fail(EXIT_ENVIRONMENT,
			    "%s is no file; give --db the database that vmascope-collector writes",
			    database->path);
	rc = database_lease(database, &lease, &error);
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

/* Everything the program owns while it runs. */
struct program {
	const struct options *options;
	struct server server;
	struct turns turns, prompt_turns;
	struct held held;
	struct tokens tokens;
	char collector[UNIX_SOCKET_PATH_SIZE];
	struct listen_address addresses[OPTIONS_LIST_MAX];
	size_t address_count;
	const char *names[2 * OPTIONS_LIST_MAX]; /* that a Host header may have */
	size_t name_count;
	sigset_t signals;
};

/* SIGHUP: the tokens may have changed. */
static void reload(struct program *program)
{
	char error[TOKENS_ERROR_SIZE];

	if (tokens_load(&program->tokens, error) != 0) {
		fail(0, "%s; the tokens stay as they were", error);
		return;
	}
	fprintf(stderr, "vmascope-server: read %s again\n", program->tokens.path);
	/* a stream that waits ends with its token, not with the next event */
	watch_wake(program->server.watch);
}

static void wait_for_signal(struct program *program)
{
	int signal_number = 0;

	while (signal_number != SIGINT && signal_number != SIGTERM) {
		if (sigwait(&program->signals, &signal_number) != 0)
			signal_number = 0;
		if (signal_number == SIGHUP)
			reload(program);
	}
}

static int answer_until_signal(struct program *program)
{
	struct server *server = &program->server;
	int listeners[OPTIONS_LIST_MAX];
	struct http *http = NULL;
	char where[UNIX_SOCKET_PATH_SIZE];
	int rc;

	for (size_t i = 0; i < program->address_count; i++)
		listeners[i] = program->addresses[i].fd;
	rc = watch_start(&server->database, server->collector, &server->watch);
	if (!rc)
		rc = http_start(server, listeners, program->address_count, &http);
	if (rc) {
		if (server->watch)
			watch_stop(server->watch);
		watch_free(&server->watch);
		return fail(EXIT_RUN_TIME, "cannot start to answer: %s", strerror(-rc));
	}
	for (size_t i = 0; i < program->address_count; i++) {
		listen_address_print(&program->addresses[i], where, sizeof(where));
		printf("listening on %s\n", where);
	}
	fflush(stdout);
	wait_for_signal(program);
	/* first, as it ends the streams whose threads the other waits for */
	watch_stop(server->watch);
	http_stop(&http);
	watch_free(&server->watch);
	return EXIT_OK;
}

static void block_signals(struct program *program)
{
	/* blocked before the first thread exists, so that all threads inherit it
	 * and the signals wait for sigwait() */
	sigemptyset(&program->signals);
	sigaddset(&program->signals, SIGINT);
	sigaddset(&program->signals, SIGTERM);
	if (program->server.tokens)
		sigaddset(&program->signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &program->signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int open_address(struct listen_address *address, const char *text)
{
	int rc = listen_address_open(address);

	if (rc == 0)
		return EXIT_OK;
	if (rc == -EADDRINUSE)
		return fail(EXIT_RUN_TIME,
			    "%s is in use by another program; give another %s with --listen", text,
			    address->path ? "path" : "port");
	if (rc == -EEXIST)
		return fail(EXIT_RUN_TIME, "%s is not a socket; give another path with --listen",
			    text);
	return fail(EXIT_RUN_TIME, "cannot listen on %s: %s", text, strerror(-rc));
}

static int serve(struct program *program)
{
	int code = EXIT_OK;

	mallopt(M_ARENA_MAX, MALLOC_ARENAS);
	mallopt(M_MMAP_THRESHOLD, MALLOC_MAPPED_BYTES);
	mallopt(M_TRIM_THRESHOLD, MALLOC_TRIM_BYTES);
	block_signals(program);
	for (size_t i = 0; i < program->address_count && code == EXIT_OK; i++)
		code = open_address(&program->addresses[i], program->options->listen.items[i]);
	if (code == EXIT_OK)
		code = answer_until_signal(program);
	for (size_t i = 0; i < program->address_count; i++)
		listen_address_close(&program->addresses[i]);
	return code;
}

/* From the whole network only with tokens. */
static int check_address(const struct program *program, const struct listen_address *address)
{
	if (listen_address_is_local(address) || program->server.tokens)
		return EXIT_OK;
	return fail(EXIT_USAGE,
		    "%s can be reached from other machines; give --token-file with it, or "
		    "listen on a loopback address or unix:PATH and use a forwarded port (ssh -L) "
		    "or a proxy",
		    address->host);
}

static int read_addresses(struct program *program)
{
	const struct option_list *listen = &program->options->listen;
	int code = EXIT_OK;

	for (size_t i = 0; i < listen->count && code == EXIT_OK; i++) {
		struct listen_address *address = &program->addresses[program->address_count++];

		if (listen_address_parse(listen->items[i], address) != 0)
			return fail(EXIT_USAGE,
				    "--listen takes an address and a port, as 127.0.0.1:8080 or "
				    "[::1]:8080, or unix:PATH, not %s",
				    listen->items[i]);
		code = check_address(program, address);
		/* a client has each address from its own Host header */
		if (!address->path)
			program->names[program->name_count++] = address->host;
	}
	return code;
}

static int read_tokens(struct program *program)
{
	char error[TOKENS_ERROR_SIZE];

	if (!program->options->token_file)
		return EXIT_OK;
	if (tokens_load(&program->tokens, error) != 0)
		return fail(EXIT_ENVIRONMENT, "%s", error);
	program->server.tokens = &program->tokens;
	return EXIT_OK;
}

static int find_collector(struct program *program)
{
	const struct options *options = program->options;
	int size = 0;

	program->server.collector = program->collector;
	if (options->socket)
		size = snprintf(program->collector, sizeof(program->collector), "%s",
				options->socket);
	if ((size_t)size >= sizeof(program->collector) ||
	    (!options->socket && unix_socket_beside(options->db, program->collector) != 0))
		return fail(EXIT_USAGE, "the path of the collector's socket is too long");
	return EXIT_OK;
}

static int read_timeout(struct program *program)
{
	const char *text = program->options->query_timeout;

	if (options_seconds(text, &program->server.database.query_timeout_ns) == 0)
		return EXIT_OK;
	return fail(EXIT_USAGE, "--query-timeout takes seconds from 0.001 to 86400, not %s", text);
}

/* As it comes in a Host header, without the port, which makes no difference. */
static bool is_host(const char *name)
{
	static const char characters[] = "-._0123456789"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	size_t size = strlen(name);

	if (size > 2 && name[0] == '[' && name[size - 1] == ']')
		return strspn(name + 1, "0123456789abcdefABCDEF:.") == size - 2;
	return size && strspn(name, characters) == size;
}

static int read_hosts(struct program *program)
{
	const struct option_list *hosts = &program->options->hosts;

	for (size_t i = 0; i < hosts->count; i++) {
		if (!is_host(hosts->items[i]))
			return fail(EXIT_USAGE,
				    "--host takes a name without a port, as scope.example or "
				    "[2001:db8::1], not %s",
				    hosts->items[i]);
		program->names[program->name_count++] = hosts->items[i];
	}
	return EXIT_OK;
}

static int check_web_root(const char *web_root)
{
	struct stat is;

	if (!web_root || (stat(web_root, &is) == 0 && S_ISDIR(is.st_mode)))
		return EXIT_OK;
	return fail(EXIT_ENVIRONMENT,
		    "%s is no directory; give --web-root the one that the page was built in",
		    web_root);
}

static int prepare(struct program *program)
{
	int code = read_tokens(program);

	if (code == EXIT_OK)
		code = read_hosts(program);
	if (code == EXIT_OK)
		code = read_addresses(program);
	if (code == EXIT_OK)
		code = find_collector(program);
	if (code == EXIT_OK)
		code = read_timeout(program);
	program->server.names = program->names;
	program->server.name_count = program->name_count;
	if (code == EXIT_OK)
		code = check_web_root(program->server.web_root);
	if (code == EXIT_OK)
		code = check_database(&program->server.database);
	return code;
}

static int run(const struct options *options)
{
	static struct program program; /* too large for a stack */
	int code;

	program.options = options;
	program.server.web_root = options->web_root;
	database_start(&program.server.database, options->db);
	/* without memory for it the server is slower, that is all */
	program.server.replies = reply_cache_new();
	turns_start(&program.turns, TURNS_COUNT);
	turns_start(&program.prompt_turns, TURNS_PROMPT_COUNT);
	program.server.turns = &program.turns;
	program.server.prompt_turns = &program.prompt_turns;
	held_start(&program.held, HELD_MAX);
	program.server.held = &program.held;
	tokens_start(&program.tokens, options->token_file);
	code = prepare(&program);
	if (code == EXIT_OK)
		code = serve(&program);
	tokens_stop(&program.tokens);
	reply_cache_free(&program.server.replies);
	held_stop(&program.held);
	turns_stop(&program.turns);
	turns_stop(&program.prompt_turns);
	database_stop(&program.server.database);
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
