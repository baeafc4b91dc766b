"""HTTP pieces shared by the apps that serve it: problems, limits, metrics."""
