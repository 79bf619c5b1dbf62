#include "channels/xmpp/watch.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

static void *
watch(void *arg)
{
	struct watch *w = arg;

	pthread_mutex_lock(&w->lock);
	while (!w->calm && clock_wait(&w->wake, &w->lock, w->deadline))
		;
	if (!w->calm) {
		w->bitten = true;
		shutdown(w->fd, SHUT_RDWR);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

bool
watch_start(struct watch *w, int fd, int ms)
{
	*w = (struct watch){ .deadline = clock_ms() + ms };
	w->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (w->fd == -1)
		return false;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	w->running = true;
	if (pthread_create(&w->thread, NULL, watch, w) == 0)
		return true;
	w->running = false;
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	close(w->fd);
	return false;
}

bool
watch_calm(struct watch *w)
{
	if (!w->running)
		return false;
	pthread_mutex_lock(&w->lock);
	w->calm = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	close(w->fd);
	w->running = false;
	return w->bitten;
}
