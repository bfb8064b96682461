"""What glassgrad is measured against, where it is not a package that pip installs."""
