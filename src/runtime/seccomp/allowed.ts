/**
 * System calls that every container may make: Docker's default profile of 2025 less the kernel keyrings (add_key, keyctl,
 * request_key), which are not separate for containers. io_uring is left out as Docker leaves it out. Names that a kernel or
 * libseccomp does not know are skipped by the runtimes.
 */
export const ALWAYS_ALLOWED: readonly string[] = [
  // Time and timers.
  `adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64
   clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete
   timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime
   timerfd_gettime64 timerfd_settime timerfd_settime64 times`,
  // Processes, threads and scheduling.
  `execve execveat exit exit_group fork futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake
   get_robust_list get_thread_area getcpu getpriority getrlimit getrusage gettid ioprio_get ioprio_set kill
   map_shadow_stack membarrier pause pidfd_open pidfd_send_signal prctl prlimit64 process_mrelease restart_syscall
   riscv_hwprobe rseq sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam
   sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr
   sched_setparam sched_setscheduler sched_yield set_robust_list set_thread_area set_tid_address setpriority
   setrlimit tgkill tkill ugetrlimit uretprobe vfork wait4 waitid waitpid`,
  // Signals and events.
  `_newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old
   eventfd eventfd2 fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch poll ppoll
   ppoll_time64 pselect6 pselect6_time64 rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
   rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo select sigaltstack signalfd signalfd4
   sigprocmask sigreturn`,
  // Users, groups and sessions.
  `capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getpgid getpgrp
   getresgid getresgid32 getresuid getresuid32 getsid getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32
   setgid setgid32 setgroups setgroups32 setpgid setregid setregid32 setresgid setresgid32 setresuid setresuid32
   setreuid setreuid32 setsid setuid setuid32 umask`,
  // Memory.
  `brk madvise memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2 mprotect mremap mseal msync
   munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect remap_file_pages`,
  // System V and POSIX IPC.
  `ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64
   mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget`,
  // Sockets.
  `accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64
   recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair`,
  // Extended attributes.
  `fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr listxattrat llistxattr
   lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat`,
  // Files: descriptors, reading and writing.
  `_llseek cachestat close close_range copy_file_range creat dup dup2 dup3 fadvise64 fadvise64_64 fallocate fcntl
   fcntl64 fdatasync flock fsync ftruncate ftruncate64 io_cancel io_destroy io_getevents io_pgetevents
   io_pgetevents_time64 io_setup io_submit ioctl landlock_create_ruleset lseek open openat openat2 pipe pipe2
   pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv sendfile sendfile64
   splice sync sync_file_range syncfs tee truncate truncate64 vmsplice write writev`,
  // Files: names, owners and metadata.
  `access chdir chmod chown chown32 faccessat faccessat2 fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat
   fstat fstat64 fstatat64 fstatfs fstatfs64 futimesat getcwd getdents getdents64 getpid getppid lchown lchown32
   link linkat listmount lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat rename renameat
   renameat2 rmdir stat stat64 statfs statfs64 statmount statx symlink symlinkat unlink unlinkat utime utimensat
   utimensat_time64 utimes`,
  // The rest.
  `getrandom landlock_add_rule landlock_restrict_self seccomp sysinfo uname`,
].flatMap((names) => names.trim().split(/\s+/));
