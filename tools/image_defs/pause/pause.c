/* The first process of a pod: keeps its namespaces while containers come and go, and takes in the children
   that others leave behind. Ends when it is asked to. */
#include <signal.h>
#include <sys/wait.h>

int main(void) {
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGCHLD);
  sigaddset(&awaited, SIGINT);
  sigaddset(&awaited, SIGTERM);
  /* The kernel gives a namespace's first process no signal that it neither blocks nor handles. */
  sigprocmask(SIG_BLOCK, &awaited, 0);
  for (;;) {
    int got = sigwaitinfo(&awaited, 0);
    if (got == SIGINT || got == SIGTERM) return 0;
    /* One SIGCHLD may stand for several children. */
    while (waitpid(-1, 0, WNOHANG) > 0) {
    }
  }
}
