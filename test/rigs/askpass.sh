#!/bin/sh
# Answers each question of ssh with the next line of the file HAWSER_ANSWERS, and keeps the question in HAWSER_ANSWERS.asked.
echo "$1" >>"$HAWSER_ANSWERS.asked"
head -n 1 "$HAWSER_ANSWERS"
sed -i 1d "$HAWSER_ANSWERS"
