"""What is said, in words and pictures: alerts and reports for Slack and mail. It judges nothing and sends nothing."""
