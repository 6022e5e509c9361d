/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unix_socket: stream sockets in the file system, above all the one beside a
 * database on which its collector takes orders (collector/control.h).
 *
 * A path may be longer than sun_path: its directory is opened and the name
 * reached through /proc/self/fd. A name of more than about 80 bytes stays
 * -ENAMETOOLONG.
 */
#ifndef VMASCOPE_SCHEMA_UNIX_SOCKET_H
#define VMASCOPE_SCHEMA_UNIX_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define UNIX_SOCKET_PATH_SIZE 4096

/* A listening socket and its name in the file system. */
struct unix_socket {
	int fd; /* non-blocking, close-on-exec */
	char path[UNIX_SOCKET_PATH_SIZE];
	dev_t dev;
	ino_t ino;
};

/* Where the collector of a database listens unless told otherwise. 0 or
 * -ENAMETOOLONG. */
int unix_socket_beside(const char *db, char ret_path[UNIX_SOCKET_PATH_SIZE]);

/*
 * Listens under that name with mode 0660 and the group of the directory, as far
 * as it may give that. A socket on which nobody answers is replaced. 0 or
 * -errno: -EADDRINUSE where somebody answers, -EEXIST where the name is that of
 * something else than a socket.
 */
int unix_socket_listen(struct unix_socket *ret_socket, const char *path);
/* Closes it and removes the name, where it is still its own. */
void unix_socket_close(struct unix_socket *closing);

/* A connected blocking socket. 0 or -errno: -ENOENT or -ECONNREFUSED where
 * nobody listens, -EACCES, -EAGAIN where too many wait already. */
int unix_socket_connect(const char *path, int *ret_fd);

#endif
