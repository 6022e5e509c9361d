/* SPDX-License-Identifier: GPL-2.0-only */
/* unix_socket: made, found, replaced where nobody answers, and never anything
 * else's. */
#include "schema/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/scratch.h"

static struct unix_socket first, second;

static int setup(void **state)
{
	first.fd = second.fd = -1;
	return scratch_setup(state);
}

static int teardown(void **state)
{
	unix_socket_close(&first);
	unix_socket_close(&second);
	return scratch_teardown(state);
}

static void one_byte_gets_through(const char *path)
{
	char byte = 0;
	int client, server;

	assert_int_equal(unix_socket_connect(path, &client), 0);
	server = accept(first.fd, NULL, NULL);
	assert_true(server >= 0);
	assert_int_equal(send(client, "x", 1, 0), 1);
	assert_int_equal(recv(server, &byte, 1, 0), 1);
	assert_int_equal(byte, 'x');
	close(client);
	close(server);
}

static void it_is_there_for_owner_and_group_until_closed(void **state)
{
	(void)state;
	const char *path = scratch_path("a.socket");
	struct stat status;

	assert_int_equal(unix_socket_listen(&first, path), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0660);
	one_byte_gets_through(path);
	unix_socket_close(&first);
	assert_int_equal(stat(path, &status), -1);
}

static void one_that_answers_is_left_alone(void **state)
{
	(void)state;
	const char *path = scratch_path("a.socket");

	assert_int_equal(unix_socket_listen(&first, path), 0);
	assert_int_equal(unix_socket_listen(&second, path), -EADDRINUSE);
	assert_int_equal(second.fd, -1);
	close(accept(first.fd, NULL, NULL)); /* the question whether it answers */
	one_byte_gets_through(path);
}

static void a_dead_one_is_replaced_and_not_removed_by_the_dead(void **state)
{
	(void)state;
	const char *path = scratch_path("a.socket");

	/* what a killed program leaves: the name without a listener */
	assert_int_equal(unix_socket_listen(&second, path), 0);
	assert_int_equal(dup3(first.fd = open("/dev/null", O_RDONLY | O_CLOEXEC), second.fd,
			      O_CLOEXEC),
			 second.fd);
	close(first.fd);
	assert_int_equal(unix_socket_listen(&first, path), 0);
	unix_socket_close(&second);
	one_byte_gets_through(path);
}

static void what_is_no_socket_is_left_alone(void **state)
{
	(void)state;
	struct stat status;

	scratch_write("precious", "x", 1);
	assert_int_equal(unix_socket_listen(&first, scratch_path("precious")), -EEXIST);
	assert_int_equal(stat(scratch_path("precious"), &status), 0);
	assert_int_equal(status.st_size, 1);
}

static void a_long_path_is_no_limit_but_a_long_name_is(void **state)
{
	(void)state;
	char directory[300], path[512], name[120];

	snprintf(directory, sizeof(directory), "%s/%0100d", scratch_dir(), 0);
	assert_int_equal(mkdir(directory, 0700), 0);
	snprintf(path, sizeof(path), "%s/a.socket", directory);
	assert_int_equal(unix_socket_listen(&first, path), 0);
	one_byte_gets_through(path);
	unix_socket_close(&first);
	assert_int_equal(access(path, F_OK), -1);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_int_equal(unix_socket_listen(&first, path), -ENAMETOOLONG);
	assert_int_equal(rmdir(directory), 0);
}

static void nobody_there_is_said(void **state)
{
	(void)state;
	int fd;

	assert_int_equal(unix_socket_connect(scratch_path("none"), &fd), -ENOENT);
	assert_int_equal(unix_socket_connect(scratch_path("no/where"), &fd), -ENOENT);
	assert_int_equal(unix_socket_connect("", &fd), -ENOENT);
	scratch_write("file", "x", 1);
	assert_int_equal(unix_socket_connect(scratch_path("file"), &fd), -ECONNREFUSED);
}

static void the_name_beside_a_database(void **state)
{
	(void)state;
	char path[UNIX_SOCKET_PATH_SIZE], db[UNIX_SOCKET_PATH_SIZE];

	assert_int_equal(unix_socket_beside("/a/b.db", path), 0);
	assert_string_equal(path, "/a/b.db.socket");
	memset(db, 'x', sizeof(db) - 1);
	db[sizeof(db) - 1] = '\0';
	assert_int_equal(unix_socket_beside(db, path), -ENAMETOOLONG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_there_for_owner_and_group_until_closed),
		TEST(one_that_answers_is_left_alone),
		TEST(a_dead_one_is_replaced_and_not_removed_by_the_dead),
		TEST(what_is_no_socket_is_left_alone),
		TEST(a_long_path_is_no_limit_but_a_long_name_is),
		TEST(nobody_there_is_said),
		TEST(the_name_beside_a_database),
	};

	return cmocka_run_group_tests_name("schema/unix_socket", tests, NULL, NULL);
}
