# What Trailmate stands on, as one engineer wrote it. It has not been reviewed.
terraform {
  required_version = "~> 1.13"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

provider "aws" {
  alias  = "overseas"
  region = "us-east-1"
}

resource "aws_s3_bucket" "articles" {
  bucket = "larkspur-articles"
}

resource "aws_s3_bucket" "conversations" {
  bucket = "larkspur-conversations"
}

resource "aws_s3_bucket" "conversations_copy" {
  provider = aws.overseas
  bucket   = "larkspur-conversations-copy"
}

resource "aws_s3_bucket_public_access_block" "articles" {
  bucket                  = aws_s3_bucket.articles.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_public_access_block" "conversations" {
  bucket                  = aws_s3_bucket.conversations.id
  block_public_acls       = true
  block_public_policy     = false
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_public_access_block" "conversations_copy" {
  bucket                  = aws_s3_bucket.conversations_copy.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_eks_cluster" "trailmate" {
  name     = "trailmate"
  version  = "1.35"
  role_arn = var.cluster_role

  vpc_config {
    subnet_ids = var.private_subnets
  }
}

resource "aws_eks_node_group" "workers" {
  cluster_name   = aws_eks_cluster.trailmate.name
  node_role_arn  = var.node_role
  subnet_ids     = var.private_subnets
  instance_types = ["m7i.large"]

  scaling_config {
    desired_size = 4
    min_size     = 2
    max_size     = 8
  }
}

resource "aws_db_instance" "orders" {
  identifier                  = "orders"
  engine                      = "postgres"
  engine_version              = "17.6"
  instance_class              = "db.m7g.large"
  allocated_storage           = 100
  storage_encrypted           = true
  manage_master_user_password = true
  username                    = "trailmate"
}

variable "cluster_role" {
  type = string
}

variable "node_role" {
  type = string
}

variable "private_subnets" {
  type = list(string)
}
