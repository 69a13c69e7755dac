"""What needs a cluster is collected only when one is named: `make k8s-test KUBECONFIG=...`."""

import os

collect_ignore = [] if os.environ.get("LAB_TEST_CLUSTER") else ["cluster"]
