/* SPDX-License-Identifier: GPL-2.0-only */
#include "unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024 /* who comes to a full one is turned away at once */
#define MODE_MASK 0117 /* leaves 0660 */

/* The way to a name: an address, and the directory it may lead through. */
struct way {
	struct sockaddr_un address;
	int directory;
};

int unix_socket_beside(const char *db, char ret_path[UNIX_SOCKET_PATH_SIZE])
{
	int size = snprintf(ret_path, UNIX_SOCKET_PATH_SIZE, "%s.socket", db);

	return size < UNIX_SOCKET_PATH_SIZE ? 0 : -ENAMETOOLONG;
}

static int open_directory(const char *path, const char *name)
{
	char directory[UNIX_SOCKET_PATH_SIZE];
	int size = (int)(name - path);

	if (size >= UNIX_SOCKET_PATH_SIZE)
		return -ENAMETOOLONG;
	snprintf(directory, sizeof(directory), "%.*s", size, path);
	size = open(size ? directory : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return size < 0 ? -errno : size;
}

static int find_way(const char *path, struct way *way)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t room = sizeof(way->address.sun_path);
	int size;

	*way = (struct way){.address.sun_family = AF_UNIX};
	way->directory = open_directory(path, name);
	if (way->directory < 0)
		return way->directory;
	size = strlen(path) < room ? snprintf(way->address.sun_path, room, "%s", path) :
				     snprintf(way->address.sun_path, room, "/proc/self/fd/%d/%s",
					      way->directory, name);
	if (size > 0 && (size_t)size < room)
		return 0;
	close(way->directory);
	return size > 0 ? -ENAMETOOLONG : -ENOENT;
}

static int connect_way(const struct way *way)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&way->address, sizeof(way->address)) == 0)
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

int unix_socket_connect(const char *path, int *ret_fd)
{
	struct way way;
	int rc = find_way(path, &way);

	if (rc)
		return rc;
	rc = connect_way(&way);
	close(way.directory);
	if (rc < 0)
		return rc;
	*ret_fd = rc;
	return 0;
}

/* Removes what a killed program left. */
static int make_room(const struct way *way)
{
	struct stat status;
	int fd;

	if (lstat(way->address.sun_path, &status) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(status.st_mode))
		return -EEXIST;
	fd = connect_way(way);
	if (fd >= 0)
		close(fd);
	if (fd != -ECONNREFUSED)
		return fd >= 0 || fd == -EAGAIN ? -EADDRINUSE : fd;
	return unlink(way->address.sun_path) == 0 ? 0 : -errno;
}

/* Who may look into the directory by its group may use what is in it. */
static void give_group(const struct way *way)
{
	struct stat status;

	if (fstat(way->directory, &status) == 0 &&
	    lchown(way->address.sun_path, (uid_t)-1, status.st_gid) != 0)
		return; /* without the capability it stays ours */
}

static int bind_way(const struct way *way, struct unix_socket *made)
{
	/* nobody else may come in between bind() and a chmod() */
	mode_t before = umask(MODE_MASK);
	int rc = bind(made->fd, (const struct sockaddr *)&way->address, sizeof(way->address));
	struct stat status;

	rc = rc == 0 ? 0 : -errno;
	umask(before);
	if (rc)
		return rc;
	give_group(way);
	if (lstat(way->address.sun_path, &status) != 0 || listen(made->fd, BACKLOG) != 0)
		return -errno;
	made->dev = status.st_dev;
	made->ino = status.st_ino;
	return 0;
}

int unix_socket_listen(struct unix_socket *ret_socket, const char *path)
{
	struct unix_socket made = {.fd = -1};
	struct way way;
	int rc = find_way(path, &way);

	if (rc)
		return rc;
	snprintf(made.path, sizeof(made.path), "%s", path);
	rc = make_room(&way);
	if (!rc) {
		made.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		rc = made.fd < 0 ? -errno : bind_way(&way, &made);
	}
	close(way.directory);
	if (rc) {
		if (made.fd >= 0)
			close(made.fd);
		return rc;
	}
	*ret_socket = made;
	return 0;
}

void unix_socket_close(struct unix_socket *closing)
{
	struct stat status;

	if (closing->fd < 0)
		return;
	close(closing->fd);
	closing->fd = -1;
	if (lstat(closing->path, &status) == 0 && status.st_dev == closing->dev &&
	    status.st_ino == closing->ino)
		unlink(closing->path);
}
