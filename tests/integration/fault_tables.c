/* What each call can fail with, by what is missing. A pidfd_send_signal that is refused is not
 * among them: who may not be killed now may not be killed later, and is left alone. */
#include "fault_walk.h"

#include <errno.h>

const struct fault faults_descriptors[] = {
    {FAULT_accept4, EMFILE},        {FAULT_open, EMFILE},
    {FAULT_openat, EMFILE},         {FAULT_opendir, EMFILE},
    {FAULT_fopen, EMFILE},          {FAULT_pipe2, EMFILE},
    {FAULT_socket, EMFILE},         {FAULT_epoll_create1, EMFILE},
    {FAULT_timerfd_create, EMFILE}, {FAULT_clone, EMFILE},
    {FAULT_signalfd, EMFILE},       {FAULT_pidfd_open, EMFILE},
    {FAULT_fcntl, EMFILE},          {FAULT_dup3, EMFILE},
    {FAULT_open, ENFILE},           {0},
};

const struct fault faults_memory[] = {
    {FAULT_accept4, ENOMEM},
    {FAULT_access, ENOMEM},
    {FAULT_bind, ENOMEM},
    {FAULT_chdir, ENOMEM},
    {FAULT_clone, ENOMEM},
    {FAULT_close_range, ENOMEM},
    {FAULT_epoll_ctl, ENOMEM},
    {FAULT_execve, ENOMEM},
    {FAULT_fstat, ENOMEM},
    {FAULT_lstat, ENOMEM},
    {FAULT_mkdir, ENOMEM},
    {FAULT_open, ENOMEM},
    {FAULT_openat, ENOMEM},
    {FAULT_opendir, ENOMEM},
    {FAULT_pidfd_open, ENOMEM},
    {FAULT_poll, ENOMEM},
    {FAULT_read, ENOMEM},
    {FAULT_readdir, ENOMEM},
    {FAULT_readlink, ENOMEM},
    {FAULT_recvmsg, ENOMEM},
    {FAULT_rename, ENOMEM},
    {FAULT_sendmsg, ENOBUFS},
    {FAULT_setsockopt, ENOMEM},
    {FAULT_socket, ENOBUFS},
    {FAULT_stat, ENOMEM},
    {FAULT_signalfd, ENOMEM},
    {FAULT_timerfd_create, ENOMEM},
    {FAULT_unlink, ENOMEM},
    {0},
};

const struct fault faults_disk[] = {
    {FAULT_open, ENOSPC},       {FAULT_write, ENOSPC},
    {FAULT_write, FAULT_SHORT}, {FAULT_write, EIO},
    {FAULT_dprintf, ENOSPC},    {FAULT_mkdir, ENOSPC},
    {FAULT_fsync, EIO},         {FAULT_ftruncate, EIO},
    {FAULT_rename, ENOSPC},     {FAULT_unlink, EIO},
    {FAULT_rmdir, EBUSY},       {FAULT_close, EIO},
    {FAULT_epoll_ctl, ENOSPC},  {0},
};

const struct fault faults_interruption[] = {
    {FAULT_accept4, EINTR},
    {FAULT_close, EINTR},
    {FAULT_connect, EINTR},
    {FAULT_dup3, EINTR},
    {FAULT_epoll_wait, EINTR},
    {FAULT_fcntl, EINTR},
    {FAULT_fsync, EINTR},
    {FAULT_ftruncate, EINTR},
    {FAULT_getrandom, EINTR},
    {FAULT_open, EINTR},
    {FAULT_poll, EINTR},
    {FAULT_read, EINTR},
    {FAULT_read, EAGAIN},
    {FAULT_read, FAULT_SHORT},
    {FAULT_recvmsg, EINTR},
    {FAULT_sendmsg, EINTR},
    {FAULT_sendmsg, EAGAIN},
    {FAULT_wait4, EINTR},
    {FAULT_waitid, EINTR},
    {FAULT_waitpid, EINTR},
    {FAULT_write, EINTR},
    {FAULT_write, EAGAIN},
    {0},
};

const struct fault faults_process[] = {
    {FAULT_clone, EAGAIN},
    {FAULT_execve, EAGAIN},
    {FAULT_kill, EPERM},
    {FAULT_listen, EADDRINUSE},
    {FAULT_bind, EADDRINUSE},
    {FAULT_prctl, EPERM},
    {FAULT_setpriority, EACCES},
    {FAULT_setrlimit, EPERM},
    {FAULT_getrlimit, EPERM},
    {FAULT_setsid, EPERM},
    {0},
};
